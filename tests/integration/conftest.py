"""Fixtures of all integration tests: a real PostgreSQL, and the functions between it and AWS services over HTTP."""

from collections.abc import Iterator

import pytest

from chalicelib import aws
from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud import moto_backends
from local.cloud.endpoint import Endpoint
from local.cloud.postgres import Guardian
from local.state import State
from tests.support.pipeline import Pipeline
from tests.support.sql_loads import Loads


@pytest.fixture(scope="session")
def warehouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of an embedded PostgreSQL that holds the schema and no rows."""
    state = State.open(tmp_path_factory.mktemp("warehouse") / "state")
    guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
    assert guardian.wait_until_ready(), (state.logs / "postgres.log").read_text(encoding="utf-8")
    warehouse = Warehouse.connect(guardian.url)
    schema.create(warehouse)
    warehouse.close()
    yield guardian.url
    guardian.stop()


@pytest.fixture
def loads(warehouse_url: str) -> Iterator[Loads]:
    """Return loads into an empty warehouse, on a connection of their own."""
    warehouse = Warehouse.connect(warehouse_url)
    loads = Loads(warehouse)
    loads.empty()
    yield loads
    warehouse.close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Return the URL of AWS services over HTTP. S3 calls take turns there: moto loses some that come at once."""
    moto_backends.forget_everything()  # moto's state is the process's, and another module may have left some
    server = Endpoint(0, lambda _request: {})
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def shared(endpoint: str, warehouse_url: str) -> Pipeline:
    """Return the pipeline that the tests of a module share."""
    return Pipeline(endpoint, warehouse_url)


@pytest.fixture
def pipeline(shared: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Return the module's pipeline, emptied, with cold functions: no clients and no connection are open."""
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    aws.client.cache_clear()
    shared.empty()
    yield shared
    transaction.disconnect()
