"""The load of all day files in one batch, compared with COPY of the facts that it writes."""

import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from bench import day_files
from bench.figures import Figure
from bench.plan import Plan
from bench.servers import Target, server
from bench.staging import MemoryParts, in_memory, ingest
from bench.timing import seconds, without_warm_up
from chalicelib.load import transaction
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.storage.staged import StagedParts
from chalicelib.warehouse.grants import object_names
from local import warehouse

BAR: Final = 5.0
FACTS: Final = ("transactions", "baskets")
KEPT: Final = {"schema_version", "load_lock"}
"""Tables with rows that an empty warehouse has, too."""


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield the ratio of a load to COPY."""
    parts = MemoryParts()
    requests = [ingest(name, content, parts) for name, content in day_files.contents(plan)]
    with server() as target:
        times = time_load(requests, parts, target, plan.rounds)
    yield Figure.ratio("load of day files ÷ COPY of the facts", times, BAR)


def time_load(
    requests: Sequence[LoadRequest], parts: StagedParts, target: Target, rounds: int
) -> dict[str, list[float]]:
    """Time the load of all files in one batch, and COPY of the resulting fact tables, in turns; return the seconds."""
    times: dict[str, list[float]] = {"load": [], "copy": []}
    for _ in range(rounds + 1):
        # Every load starts from an empty warehouse, or it would find nothing new to do.
        empty(target)
        times["load"].append(seconds(partial(load, requests, parts, target.url)))
        # COPY gets the same rows, into the same tables with the same indexes: that is the floor of a load.
        loaded = [_copied_out(target.url, table) for table in FACTS]
        target.warehouse.execute(f"truncate {', '.join(FACTS)}")
        times["copy"].append(seconds(partial(_copy_in, target.url, loaded)))
    return without_warm_up(times)


def load(requests: Sequence[LoadRequest], parts: StagedParts, url: str) -> None:
    """Load requests in one batch into the warehouse of a URL."""
    transaction.load_together(requests, in_memory(parts), Settings("", "", "", "", "", "", url, ""))


def empty(target: Target) -> None:
    """Empty all tables."""
    tables = [table for table in object_names("schema") if table not in KEPT]
    target.warehouse.execute(f"truncate {', '.join(tables)}")


def _copied_out(url: str, table: str) -> bytes:
    rows = io.BytesIO()
    with warehouse.connect(url) as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} to stdout", rows)
    return rows.getvalue()


def _copy_in(url: str, loaded: list[bytes]) -> None:
    with warehouse.connect(url) as connection, connection.cursor() as cursor:
        for table, content in zip(FACTS, loaded, strict=True):
            cursor.copy_expert(f"copy {table} from stdin", io.BytesIO(content))
