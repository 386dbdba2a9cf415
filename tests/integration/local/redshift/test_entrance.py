"""Who may enter the stand-in: over TLS alone, as the admin or with a temporary password of the local AWS."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import pytest
import trustme
from botocore.exceptions import ClientError

from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local import access_keys
from local.client import Clients
from local.cloud.endpoint import Endpoint
from local.environment import cloud_environment
from local.redshift import credentials as credentials_module
from local.redshift.credentials import Credentials
from local.redshift.stand_in import StandIn
from local.redshift.workgroup import Workgroup
from tests.support.endpoint import ACCESS_KEY
from tests.support.stand_in import AUTHORITY, CLUSTER, DATABASE, PASSWORD

WORKGROUP = "cafe"
SERVERLESS = f"redshift-serverless://{WORKGROUP}/{DATABASE}?sslrootcert={AUTHORITY}"


@pytest.fixture
def address(stand_in: StandIn) -> dict[str, Any]:
    """Return the arguments of a connection, except for user and password."""
    return {
        "host": "127.0.0.1",
        "port": stand_in.port,
        "dbname": DATABASE,
        "sslmode": "verify-full",
        "sslrootcert": str(AUTHORITY),
    }


@pytest.fixture
def aws(stand_in: StandIn) -> Iterator[str]:
    """Return the URL of an AWS whose Redshift Serverless has the stand-in as its workgroup."""
    workgroup = Workgroup(WORKGROUP, stand_in.port, stand_in.credentials)
    endpoint = Endpoint(0, lambda _request: {}, ACCESS_KEY, {Workgroup.SERVICE: workgroup.answer})
    endpoint.start()
    yield endpoint.url
    endpoint.stop()


@pytest.fixture
def connect_as(aws: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Warehouse]:
    """Return a function that connects to the workgroup in a role of IAM."""

    def connect(role: str) -> Warehouse:
        for name, value in cloud_environment(aws, ACCESS_KEY).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_keys.of_role(ACCESS_KEY, role))
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials of an earlier role
        return Warehouse.connect(SERVERLESS)

    return connect


def test_only_users_with_their_password_enter(address: dict[str, Any]) -> None:
    for user, password in (("cafe", "wrong"), ("nobody", PASSWORD)):
        with pytest.raises(psycopg2.OperationalError, match=f'authentication failed for user "{user}"'):
            psycopg2.connect(**address, user=user, password=password)
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(**address | {"dbname": "nothing"}, user="cafe", password=PASSWORD)


def test_nobody_enters_without_tls(address: dict[str, Any]) -> None:
    with pytest.raises(psycopg2.OperationalError, match="without TLS"):
        psycopg2.connect(**address | {"sslmode": "disable"}, user="cafe", password=PASSWORD)


def test_a_client_that_trusts_another_authority_does_not_go_on(
    address: dict[str, Any], tmp_path: Path
) -> None:
    """It ends before it has sent its password."""
    untrusted = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(untrusted))

    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        psycopg2.connect(**address | {"sslrootcert": str(untrusted)}, user="cafe", password=PASSWORD)


def test_a_cluster_issues_passwords_of_existing_users(address: dict[str, Any]) -> None:
    """The prefix of the user is that of the password; in the database the user is `cafe`."""
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(**address, user="IAM:cafe", password="made up")
    url = f"redshift://{{}}@{CLUSTER}/{DATABASE}?sslrootcert={AUTHORITY}"
    warehouse = Warehouse.connect(url.format("cafe"))
    assert warehouse.execute("select current_user") == [("cafe",)]
    warehouse.close()

    with pytest.raises(Exception, match='role "nobody" does not exist'):
        Warehouse.connect(url.format("nobody"))


def test_a_temporary_password_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials("cafe", PASSWORD)
    password, expiration = credentials.issue("IAMR:load", 900)
    assert credentials.are_valid("IAMR:load", password)
    assert not credentials.are_valid("cafe", password)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return expiration.astimezone(tz) + timedelta(seconds=1)

    monkeypatch.setattr(credentials_module, "datetime", Later)
    assert not credentials.are_valid("IAMR:load", password)
    assert credentials.are_valid("cafe", PASSWORD)


def test_a_workgroup_issues_passwords_of_the_callers_role(aws: str) -> None:
    client = Clients(aws, ACCESS_KEY).any("redshift-serverless")

    issued = client.get_credentials(workgroupName=WORKGROUP, dbName=DATABASE, durationSeconds=1800)

    assert issued["dbUser"] == "IAMR:local"
    assert issued["expiration"] - datetime.now(UTC) > timedelta(seconds=1700)
    with pytest.raises(ClientError, match="The workgroup other does not exist"):
        client.get_workgroup(workgroupName="other")
    with pytest.raises(ClientError, match="no operation ListWorkgroups"):
        client.list_workgroups()


def test_each_role_has_only_the_rights_that_were_granted_to_it(
    stand_in: StandIn, connect_as: Callable[[str], Warehouse]
) -> None:
    """As on Redshift, where each function's role is a user of its own."""
    assert stand_in.port
    owner = Warehouse.connect(f"redshift://cafe@{CLUSTER}/{DATABASE}?sslrootcert={AUTHORITY}")
    schema.create(owner, writers=["IAMR:loader"], readers=["IAMR:sweeper"])
    owner.close()
    loader, sweeper, stranger = map(connect_as, ("loader", "sweeper", "stranger"))

    assert loader.execute("select current_user") == [("IAMR:loader",)]
    with loader.locked_transaction():
        loader.execute("delete from load_files where file_id = -1")
    assert sweeper.execute("select count(*) from load_files where file_id = -1") == [(0,)]
    for warehouse, statement in (
        (sweeper, "delete from load_files where file_id = -1"),
        (stranger, "select count(*) from load_files"),
    ):
        with pytest.raises(Exception, match="permission denied"):
            warehouse.execute(statement)
    # Everybody may create tables of their own.
    stranger.execute("create temp table own (a int)")
    for warehouse in (loader, sweeper, stranger):
        warehouse.close()
