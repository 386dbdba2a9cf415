"""Connections to the warehouse, and the text of its errors."""

import json
import os
import socket
from contextlib import closing
from typing import Any

import boto3
import psycopg2
import pytest
from botocore.stub import Stubber

from chalicelib.errors import SettingsError, UnreachableError, WarehouseError
from chalicelib.warehouse import redshift
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import statements
from local.redshift.stand_in import StandIn
from tests.support.stand_in import URL

SECRET = "a-temporary-password"


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stubber]:
    """Return stubs of the services that know where Redshift is, and who its admin is."""
    clients = {
        name: boto3.client(name, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        for name in ("redshift", "redshift-serverless", "secretsmanager")
    }
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    return stubs


def test_a_workgroup_is_reached_with_a_temporary_password(stubs: dict[str, Stubber]) -> None:
    """The user is the function's own role. TLS checks the server's certificate."""
    stub = stubs["redshift-serverless"]
    endpoint = {"address": "h.example", "port": 5439}
    stub.add_response("get_workgroup", {"workgroup": {"endpoint": endpoint}}, {"workgroupName": "cafe"})
    expected_parameters = {"workgroupName": "cafe", "dbName": "sales", "durationSeconds": 900}
    stub.add_response("get_credentials", {"dbUser": "IAMR:load", "dbPassword": SECRET}, expected_parameters)

    check(redshift.arguments("redshift-serverless://cafe/sales"), "IAMR:load")


def test_a_cluster_is_reached_with_a_temporary_password(stubs: dict[str, Stubber]) -> None:
    """The user has to exist: it is not created on the way."""
    stub = stubs["redshift"]
    clusters = {"Clusters": [{"Endpoint": {"Address": "h.example", "Port": 5439}}]}
    stub.add_response("describe_clusters", clusters, {"ClusterIdentifier": "cafe"})
    expected_parameters = {
        "ClusterIdentifier": "cafe",
        "DbName": "sales",
        "DbUser": "loader",
        "AutoCreate": False,
    }
    stub.add_response(
        "get_cluster_credentials", {"DbUser": "IAM:loader", "DbPassword": SECRET}, expected_parameters
    )

    check(redshift.arguments("redshift://loader@cafe/sales"), "IAM:loader")


def test_with_the_admins_secret_the_user_is_the_admin(stubs: dict[str, Stubber]) -> None:
    """Only the admin may create users. The password is in a secret that Redshift itself manages."""
    endpoint = {"address": "h.example", "port": 5439}
    stubs["redshift-serverless"].add_response("get_workgroup", {"workgroup": {"endpoint": endpoint}})
    secret = json.dumps({"username": "admin", "password": SECRET})
    expected_parameters = {"SecretId": "redshift!cafe-admin"}
    stubs["secretsmanager"].add_response("get_secret_value", {"SecretString": secret}, expected_parameters)

    check(redshift.arguments("redshift-serverless://cafe/sales", "redshift!cafe-admin"), "admin")


def test_without_amazons_certificates_no_connection_is_made(
    stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unchecked server might be anybody's."""
    monkeypatch.setattr(redshift, "PLACES", ())

    with pytest.raises(SettingsError, match="make vendor"):
        redshift.certificates()


def test_a_postgresql_is_entered_as_the_user_of_a_secret(
    stubs: dict[str, Stubber], postgres_url: str
) -> None:
    """AWS's own secrets for databases have more fields."""
    secret = json.dumps({"username": "of_the_secret", "password": SECRET, "engine": "postgres"})
    stubs["secretsmanager"].add_response("get_secret_value", {"SecretString": secret}, {"SecretId": "arn:x"})
    with closing(Warehouse.connect(postgres_url)) as admin:
        admin.execute("create user of_the_secret")
        with closing(Warehouse.connect(postgres_url, secret="arn:x")) as warehouse:
            user = warehouse.execute("select current_user")
        admin.execute("drop user of_the_secret")

    assert user == [("of_the_secret",)]


@pytest.mark.parametrize(
    "secret", ["a-password", '{"username": "etl"}', '["etl", "a-password"]', "null", "5"]
)
def test_a_secret_that_has_no_user_and_password_is_named_and_not_quoted(
    stubs: dict[str, Stubber], secret: str
) -> None:
    stubs["secretsmanager"].add_response("get_secret_value", {"SecretString": secret})

    with pytest.raises(SettingsError) as refusal:
        Warehouse.connect("postgresql://host/cafe", secret="arn:x")

    assert str(refusal.value) == "The secret arn:x is not a JSON object with username and password."
    assert refusal.value.__suppress_context__


def check(arguments: dict[str, Any], user: str) -> None:
    """Check the arguments that psycopg2 connects with."""
    assert (arguments["host"], arguments["port"], arguments["dbname"]) == ("h.example", 5439, "sales")
    assert (arguments["user"], arguments["password"], arguments["sslmode"]) == (user, SECRET, "verify-full")
    with open(arguments["sslrootcert"], encoding="utf-8") as roots:  # noqa: PTH123 - the driver takes a string
        assert "BEGIN CERTIFICATE" in roots.read()


@pytest.mark.parametrize("url", ["mysql://x/y", "redshift://cluster", "redshift-serverless:///db"])
def test_a_setting_that_names_no_warehouse_is_an_error_that_names_the_variable(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^WAREHOUSE "):
        Warehouse.connect(url)


def test_a_missing_setting_is_named_when_the_warehouse_is_needed() -> None:
    """Ingest runs without this setting."""
    with pytest.raises(
        SettingsError, match=r"^The environment variable WAREHOUSE is not set[^.]*\.md[^.]*\.$"
    ):
        Warehouse.connect("")


@pytest.mark.parametrize("url", ["postgresql://etl:s3cr/et@host/cafe", "postgresql://etl:s3c%rt@host/cafe"])
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    """It is mostly the password that makes an address unreadable."""
    with pytest.raises(SettingsError, match="percent-encode") as caught:
        Warehouse.connect(url)
    assert "s3c" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_warehouse_that_does_not_answer_is_unreachable() -> None:
    """This error is worth another try."""
    with pytest.raises(UnreachableError):
        Warehouse.connect("postgresql://nobody@/nothing?host=/nowhere")


@pytest.mark.engines("redshift")
def test_a_server_that_confirms_nothing_is_given_up_after_a_minute(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux itself would send a statement again for a quarter of an hour."""
    opened: list[psycopg2.extensions.connection] = []
    connect = psycopg2.connect

    def spy(**arguments: Any) -> psycopg2.extensions.connection:
        opened.append(connect(**arguments))
        return opened[-1]

    monkeypatch.setattr(psycopg2, "connect", spy)

    warehouse = Warehouse.connect(warehouse_url)

    with socket.socket(fileno=os.dup(opened[0].fileno())) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 350
    warehouse.close()


def test_scripts_are_split_at_the_ends_of_statements() -> None:
    """A comment alone is no statement, and a semicolon within a line ends none."""
    script = "-- a; b\n-- c;\ncreate table t (x int);\n\nselect ';' as s\nfrom t;\n-- end\n"

    assert [text.splitlines()[-1] for text in statements(script)] == ["create table t (x int)", "from t"]


def test_an_error_does_not_quote_the_row(warehouse_url: str) -> None:
    """The driver quotes it, in the lines after the first."""
    warehouse = Warehouse.connect(warehouse_url)
    warehouse.execute("create temp table names (name varchar(9) not null, at timestamp not null)")
    for row in ("('canary', null)", "(repeat('canary', 9), now())"):
        with pytest.raises(WarehouseError) as caught:
            warehouse.execute(f"insert into names values {row}")
        assert "canary" not in str(caught.value)
        assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    warehouse.close()


def test_a_server_that_vanishes_is_given_up_after_a_minute(stand_in: StandIn) -> None:
    """Without this option of TCP, Linux sends an unanswered statement again for a quarter of an hour."""
    assert stand_in
    warehouse = Warehouse.connect(URL)
    descriptor = os.dup(warehouse._connection.fileno())  # noqa: SLF001 - the option is the socket's
    with socket.socket(fileno=descriptor) as connection:
        milliseconds = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    warehouse.close()

    assert milliseconds == 60_000
