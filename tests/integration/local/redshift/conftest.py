"""Fixtures of the stand-in's own tests."""

from collections.abc import Iterator

import psycopg2
import pytest

from chalicelib.warehouse.connection import Warehouse
from local.client import Clients
from local.redshift.stand_in import StandIn
from tests.support.endpoint import ACCESS_KEY
from tests.support.stand_in import AUTHORITY, PASSWORD, ROLE, URL

BUCKET = "copied"


@pytest.fixture
def connection(stand_in: StandIn) -> Iterator[psycopg2.extensions.connection]:
    """Return a connection to the stand-in that autocommits."""
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=stand_in.port,
        dbname="redshift",
        user="cafe",
        password=PASSWORD,
        sslmode="verify-full",
        sslrootcert=str(AUTHORITY),
    )
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture
def warehouse(stand_in: StandIn) -> Iterator[Warehouse]:
    """Return the project's own connection to the stand-in."""
    warehouse = Warehouse.connect(URL, copy_role=ROLE)
    yield warehouse
    warehouse.close()


@pytest.fixture
def clients(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Return clients of an account with an empty bucket, from which COPY reads."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    clients = Clients(endpoint, ACCESS_KEY)
    clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield clients
    for item in clients.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        clients.s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    clients.s3.delete_bucket(Bucket=BUCKET)
