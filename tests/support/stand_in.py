"""The stand-in for Redshift, and the way of the project's own code to it: without AWS and without TLS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from chalicelib.warehouse import redshift
from chalicelib.warehouse.connection import Warehouse
from local.client import Clients
from local.redshift.stand_in import StandIn

CLUSTER = "stand-in"
URL = f"redshift://cafe@{CLUSTER}/redshift"
ROLE = "arn:aws:iam::123456789012:role/cafe-etl-copy"
PASSWORD = "a-temporary-password"

clients = cache(Clients)


def driver_connection(url: str) -> Connection:
    """Connect to the warehouse of a test without the project's own code."""
    return psycopg2.connect(**redshift.arguments(url)) if url == URL else psycopg2.connect(url)


@contextmanager
def started(postgres_url: str) -> Iterator[StandIn]:
    """Yield a stand-in with the database of `URL`; meanwhile the project's code finds it where it would ask AWS."""
    server = Warehouse.connect(postgres_url)
    server.execute("create database redshift")
    server.close()
    # The endpoint of a test module is another one's than that of the module before.
    stand_in = StandIn(
        postgres_url, passwords={"cafe": PASSWORD}, s3=lambda: clients(os.environ["AWS_ENDPOINT_URL"]).s3
    )
    stand_in.start()
    with pytest.MonkeyPatch.context() as patch:
        _lead_to(stand_in, patch)
        yield stand_in
    stand_in.stop()


def _lead_to(stand_in: StandIn, patch: pytest.MonkeyPatch) -> None:
    """Answer in the place of AWS where the cluster is. The addresses of other clusters are asked for as ever."""
    ask_aws = redshift.arguments

    def arguments(url: str, admin_secret: str = "") -> dict[str, Any]:
        parts = urlsplit(url)
        if parts.hostname != CLUSTER:
            return ask_aws(url, admin_secret)
        address = {"host": "127.0.0.1", "port": stand_in.port, "dbname": parts.path.lstrip("/")}
        return address | {"user": parts.username, "password": PASSWORD, "sslmode": "disable"}

    patch.setattr(redshift, "arguments", arguments)
