"""Fixtures of the tests of loads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import aws
from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from tests.support.outages import Server
from tests.support.pipeline import Pipeline


@pytest.fixture
def server(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server that the functions of the pipeline use."""
    server = Server(tmp_path / "state")
    monkeypatch.setattr(pipeline, "warehouse_url", server.url)
    monkeypatch.setitem(pipeline.environment, "WAREHOUSE", server.url)
    monkeypatch.setenv("WAREHOUSE", server.url)
    warehouse = Warehouse.connect(server.url)
    schema.create(warehouse)
    warehouse.close()
    yield server
    transaction.disconnect()
    aws.client.cache_clear()
    server.stop()
