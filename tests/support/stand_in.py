"""The stand-in for Redshift as the tests' warehouse: a cluster of moto's, reached over TLS, as in the cloud."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from chalicelib.warehouse import redshift
from chalicelib.warehouse.connection import Warehouse
from local.client import Clients
from local.cloud import moto_backends
from local.cloud.endpoint import Endpoint
from local.environment import cloud_environment
from local.redshift.authority import server_context
from local.redshift.credentials import Credentials
from local.redshift.stand_in import StandIn
from tests.support.endpoint import ACCESS_KEY

CLUSTER = "stand-in"
DATABASE = "redshift"
AUTHORITY = Path(tempfile.gettempdir()) / f"cafe-etl-authority-{os.getpid()}.pem"
URL = f"redshift://cafe@{CLUSTER}/{DATABASE}?sslrootcert={quote(str(AUTHORITY))}"
ROLE = "arn:aws:iam::123456789012:role/cafe-etl-copy"
PASSWORD = "the-admins-password"

clients = cache(Clients)


def driver_connection(url: str) -> Connection:
    """Connect to the warehouse of a test without the project's own code."""
    return psycopg2.connect(**redshift.arguments(url)) if url == URL else psycopg2.connect(url)


@contextmanager
def started(postgres_url: str) -> Iterator[StandIn]:
    """Yield a stand-in with the database of `URL`; meanwhile AWS, as the environment has it, knows the cluster."""
    # Imported here, since moto's Redshift needs its EC2, which takes a second, and most tests run on PostgreSQL alone.
    from local.redshift import moto_cluster  # noqa: PLC0415

    server = Warehouse.connect(postgres_url)
    server.execute(f"create database {DATABASE}")
    server.close()
    credentials = Credentials("cafe", PASSWORD)
    # The endpoint of a test module is another one's than that of the module before.
    stand_in = StandIn(
        postgres_url,
        context=server_context(AUTHORITY),
        credentials=credentials,
        s3=lambda: clients(os.environ["AWS_ENDPOINT_URL"], ACCESS_KEY).s3,
    )
    stand_in.start()
    endpoint = Endpoint(0, lambda _request: {}, ACCESS_KEY)
    endpoint.start()

    def forget_everything() -> None:
        forget()
        moto_cluster.create(CLUSTER, DATABASE, stand_in.port, credentials, Clients(endpoint.url, ACCESS_KEY))

    forget = moto_backends.forget_everything
    forget_everything()
    with pytest.MonkeyPatch.context() as patch:
        # The fixtures of other modules make moto forget everything. The stand-in runs on, so its cluster stays.
        patch.setattr(moto_backends, "forget_everything", forget_everything)
        for name, value in cloud_environment(endpoint.url, ACCESS_KEY).items():
            patch.setenv(name, value)
        yield stand_in
    endpoint.stop()
    stand_in.stop()
    AUTHORITY.unlink()
