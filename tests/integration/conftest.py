"""A warehouse without the cloud around it."""

from collections.abc import Iterator

import pytest

from chalicelib import schema
from chalicelib.warehouse import Warehouse
from local.postgres import Guardian
from local.state import State
from tests.staging import Loads


@pytest.fixture(scope="session")
def warehouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the connection string of an embedded PostgreSQL that holds the schema and nothing else."""
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
