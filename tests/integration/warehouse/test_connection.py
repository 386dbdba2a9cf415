"""How the warehouse is reached, and what its errors say."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.errors import SettingsError, UnreachableError, WarehouseError
from chalicelib.warehouse import redshift
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import statements

SECRET = "a-temporary-password"


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stubber]:
    """Return stubs of the services that tell where Redshift is, and who its admin is."""
    clients = {
        name: boto3.client(name, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        for name in ("redshift", "redshift-serverless", "secretsmanager")
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    return stubs


def test_a_workgroup_is_entered_with_a_temporary_password(stubs: dict[str, Stubber]) -> None:
    """Of the function's own role, over TLS that checks who answers."""
    stub = stubs["redshift-serverless"]
    endpoint = {"address": "h.example", "port": 5439}
    stub.add_response("get_workgroup", {"workgroup": {"endpoint": endpoint}}, {"workgroupName": "cafe"})
    asked = {"workgroupName": "cafe", "dbName": "sales", "durationSeconds": 900}
    stub.add_response("get_credentials", {"dbUser": "IAMR:load", "dbPassword": SECRET}, asked)

    check(redshift.arguments("redshift-serverless://cafe/sales"), "IAMR:load")


def test_a_cluster_is_entered_with_a_temporary_password(stubs: dict[str, Stubber]) -> None:
    """Of a user who is not made on the way."""
    stub = stubs["redshift"]
    clusters = {"Clusters": [{"Endpoint": {"Address": "h.example", "Port": 5439}}]}
    stub.add_response("describe_clusters", clusters, {"ClusterIdentifier": "cafe"})
    asked = {"ClusterIdentifier": "cafe", "DbName": "sales", "DbUser": "loader", "AutoCreate": False}
    stub.add_response("get_cluster_credentials", {"DbUser": "IAM:loader", "DbPassword": SECRET}, asked)

    check(redshift.arguments("redshift://loader@cafe/sales"), "IAM:loader")


def test_the_schema_is_made_by_the_admin(stubs: dict[str, Stubber]) -> None:
    """Who alone may make users; the password is in a secret that Redshift itself keeps."""
    endpoint = {"address": "h.example", "port": 5439}
    stubs["redshift-serverless"].add_response("get_workgroup", {"workgroup": {"endpoint": endpoint}})
    told = json.dumps({"username": "admin", "password": SECRET})
    asked = {"SecretId": "redshift!cafe-admin"}
    stubs["secretsmanager"].add_response("get_secret_value", {"SecretString": told}, asked)

    check(redshift.arguments("redshift-serverless://cafe/sales", "redshift!cafe-admin"), "admin")


def test_without_amazons_certificates_nobody_connects(
    stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than to whoever answers."""
    monkeypatch.setattr(redshift, "PLACES", ())

    with pytest.raises(SettingsError, match="make vendor"):
        redshift.certificates()


def check(arguments: dict[str, Any], user: str) -> None:
    """Look at what psycopg2 connects with."""
    assert (arguments["host"], arguments["port"], arguments["dbname"]) == ("h.example", 5439, "sales")
    assert (arguments["user"], arguments["password"], arguments["sslmode"]) == (user, SECRET, "verify-full")
    with open(arguments["sslrootcert"], encoding="utf-8") as roots:  # noqa: PTH123 - the driver takes a string
        assert "BEGIN CERTIFICATE" in roots.read()


@pytest.mark.parametrize("url", ["mysql://x/y", "redshift://cluster", "redshift-serverless:///db"])
def test_a_setting_that_names_no_warehouse_is_told_in_a_sentence(url: str) -> None:
    """It names the variable."""
    with pytest.raises(SettingsError, match=r"^WAREHOUSE "):
        Warehouse.connect(url)


def test_a_setting_that_is_missing_is_named() -> None:
    """Where it is needed: ingest does without."""
    with pytest.raises(
        SettingsError, match=r"^The environment variable WAREHOUSE is not set[^.]*\.md[^.]*\.$"
    ):
        Warehouse.connect("")


@pytest.mark.parametrize("url", ["postgresql://etl:s3cr/et@host/cafe", "postgresql://etl:s3c%rt@host/cafe"])
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    """What makes it so is mostly a password."""
    with pytest.raises(SettingsError, match="percent-encode") as caught:
        Warehouse.connect(url)
    assert "s3c" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_warehouse_that_does_not_answer_is_unreachable() -> None:
    """Which is worth another try."""
    with pytest.raises(UnreachableError):
        Warehouse.connect("postgresql://nobody@/nothing?host=/nowhere")


def test_scripts_are_split_at_the_ends_of_statements() -> None:
    """Comments alone are none, and a semicolon within a line is none."""
    script = "-- a; b\n-- c;\ncreate table t (x int);\n\nselect ';' as s\nfrom t;\n-- end\n"

    assert [text.splitlines()[-1] for text in statements(script)] == ["create table t (x int)", "from t"]


def test_an_error_does_not_quote_the_row(warehouse_url: str) -> None:
    """The driver does, in the lines after the first."""
    warehouse = Warehouse.connect(warehouse_url)
    warehouse.execute("create temp table names (name varchar(9) not null, at timestamp not null)")
    for row in ("('canary', null)", "(repeat('canary', 9), now())"):
        with pytest.raises(WarehouseError) as caught:
            warehouse.execute(f"insert into names values {row}")
        assert "canary" not in str(caught.value)
        assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    warehouse.close()
