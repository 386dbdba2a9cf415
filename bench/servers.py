"""A PostgreSQL for one measurement."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud.postgres import Guardian
from local.state import State

TIMEOUT_SECONDS: Final = 4 * 3600.0
"""A quarter of it is the time for one statement: filling a large warehouse takes minutes."""


class Target(NamedTuple):
    """A warehouse that is measured."""

    url: str
    warehouse: Warehouse
    """A connection beside the one that loads."""


@contextlib.contextmanager
def server() -> Iterator[Target]:
    """Run a PostgreSQL of its own with the schema and no rows."""
    with tempfile.TemporaryDirectory() as folder:
        state = State.open(Path(folder))
        guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
        try:
            if not guardian.wait_until_ready():
                raise RuntimeError((state.logs / "postgres.log").read_text(encoding="utf-8"))
            with contextlib.closing(Warehouse.connect(guardian.url, timeout=TIMEOUT_SECONDS)) as warehouse:
                schema.create(warehouse)
                yield Target(guardian.url, warehouse)
        finally:
            transaction.disconnect()
            guardian.stop()
