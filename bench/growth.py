"""How much longer a load takes into a full warehouse than into an empty one: right after the rush, and later."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from bench import full_warehouse
from bench.staging import MemoryParts, in_memory, ingest
from chalicelib.load import transaction
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.grants import object_names
from local.cloud.postgres import Guardian
from local.samples.sales import file_name, generate_day, to_csv
from local.state import State

SIZE: Final = full_warehouse.Size(files=33_000, stores=110)
"""Ten million sales: some 5 GB on disk while they are measured."""

ROUNDS: Final = 7
SALES: Final = 303
FILES: Final = (1, 10)
BAR: Final = 1.5
BAR_AFTER_RUSH: Final = 3
FILL_SECONDS: Final = 3600.0


class Figure(NamedTuple):
    """A measurement: the seconds of each round into the full warehouse, and into the empty one."""

    title: str
    seconds: dict[str, list[float]]
    bar: float


class Target(NamedTuple):
    """A warehouse that is measured."""

    url: str
    warehouse: Warehouse
    """A connection beside the one that loads."""


def measure() -> Iterator[Figure]:
    """Fill a warehouse, and time loads into it and into an empty one, in turns; yield the figures as they come."""
    with server() as full, server() as empty:
        # Nothing may tidy up in between: a load that follows a rush does not wait for autovacuum.
        full.warehouse.execute("alter system set autovacuum to off")
        full.warehouse.execute("select pg_reload_conf()")
        sales = full_warehouse.fill(full.warehouse, SIZE)
        day = full_warehouse.FIRST_DAY + timedelta(days=SIZE.files // SIZE.stores)
        after_rush = f"with {sales:,} sales ÷ into an empty warehouse, right after the rush"
        for files in FILES:
            yield Figure(
                f"load of {files} files {after_rush}", _time(full, empty, files, day), BAR_AFTER_RUSH
            )
            day += timedelta(days=ROUNDS + 1)
        full.warehouse.execute("vacuum (analyze)")
        for files in FILES:
            title = f"load of {files} files with {sales:,} sales ÷ into an empty warehouse"
            yield Figure(title, _time(full, empty, files, day), BAR)
            day += timedelta(days=ROUNDS + 1)


@contextlib.contextmanager
def server() -> Iterator[Target]:
    """Run a PostgreSQL of its own with the schema and no rows."""
    with tempfile.TemporaryDirectory() as folder:
        state = State.open(Path(folder))
        guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
        try:
            if not guardian.wait_until_ready():
                raise RuntimeError((state.logs / "postgres.log").read_text(encoding="utf-8"))
            with contextlib.closing(Warehouse.connect(guardian.url, timeout=FILL_SECONDS)) as warehouse:
                schema.create(warehouse)
                yield Target(guardian.url, warehouse)
        finally:
            transaction.disconnect()
            guardian.stop()


def _time(full: Target, empty: Target, files: int, first_day: date) -> dict[str, list[float]]:
    """Time loads of the files of one day, each round another one, into both warehouses in turns."""
    times: dict[str, list[float]] = {"full": [], "empty": []}
    tables = [table for table in object_names("schema") if table not in {"schema_version", "load_lock"}]
    for number in range(ROUNDS + 1):  # the first round only warms up the connections
        parts = MemoryParts()
        requests = _requests(files, first_day + timedelta(days=number), parts)
        empty.warehouse.execute(f"truncate {', '.join(tables)}")
        times["full"].append(_seconds(requests, parts, full.url))
        times["empty"].append(_seconds(requests, parts, empty.url))
    return {name: measured[1:] for name, measured in times.items()}


def _requests(files: int, day: date, parts: MemoryParts) -> list[LoadRequest]:
    """Return the requests for one day's files of the first stores."""
    return [
        ingest(
            file_name(store, day),
            to_csv(store, generate_day(store, day, sales=SALES, seed=1)).encode(),
            parts,
        )
        for store in (f"Store {number}" for number in range(1, files + 1))
    ]


def _seconds(requests: Sequence[LoadRequest], parts: MemoryParts, url: str) -> float:
    start = time.perf_counter()
    transaction.load_together(requests, in_memory(parts), Settings("", "", "", "", "", "", url, ""))
    return time.perf_counter() - start
