"""The two transactions of a batch: stage, commit; lock, decide, transform, record, reconcile, drop, commit.

`sql/load` has a folder for each step, whose scripts this module runs in order.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import Final

from chalicelib.load import ledger
from chalicelib.load.reconciliation import reconcile
from chalicelib.model import LoadRequest, Outcome
from chalicelib.parts import COPIED, FILES
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script, scripts

STAGE: Final = "load/stage"
UNDER_LOCK: Final = ("load/decide", "load/transform", "load/record")
RECONCILE: Final = "load/reconcile/reconciliation"
DROP: Final = "load/drop/drop_staging"
LOAD: Final = (STAGE, *UNDER_LOCK, "load/reconcile", "load/drop")
"""The folders of `sql/` in the order in which a load runs them. Staging is committed before the lock."""


def load_together(requests: Sequence[LoadRequest], buckets: Buckets, settings: Settings) -> list[Outcome]:
    """Stage requests, and load them in one transaction that is reconciled before its commit; return their outcomes."""
    if not requests:
        return []
    warehouse = _connected(settings)
    entries = ledger.entries_for(requests, warehouse)
    outcomes = ledger.unchanged(requests, entries)
    # Requests that bring nothing new need neither staging nor the lock: their parts may be gone.
    decided = {outcome.request for outcome in outcomes}
    if fresh := [request for request in requests if request not in decided]:
        outcomes += _load_fresh(fresh, warehouse, buckets, newest_of_their_second(fresh, entries, buckets))
    return outcomes


def _load_fresh(
    requests: Sequence[LoadRequest],
    warehouse: Warehouse,
    buckets: Buckets,
    newest: Mapping[LoadRequest, bool],
) -> list[Outcome]:
    # Staging needs no lock: loads stage side by side, and take turns only from here on.
    _stage(requests, warehouse, buckets, newest)
    with warehouse.locked_transaction():
        for path in scripts(*UNDER_LOCK):
            warehouse.run(path)
        outcomes, unchanged = reconcile(requests, warehouse.run(script(RECONCILE)))
        warehouse.run(script(DROP))
    if unchanged:  # since another load committed them while this one waited for the lock
        entries = ledger.entries_for(unchanged, warehouse)
        outcomes += [ledger.outcome_of_unchanged(request, entries) for request in unchanged]
    return outcomes


def newest_of_their_second(
    requests: Sequence[LoadRequest], entries: Sequence[ledger.Entry], buckets: Buckets
) -> dict[LoadRequest, bool]:
    """Ask S3, for each request that is tied with another version, whether it is the newer one."""
    tied = ledger.tied(requests, entries)
    return {request: buckets.raw.is_newest_of_its_second(request.source) for request in tied}


def _stage(
    requests: Sequence[LoadRequest],
    warehouse: Warehouse,
    buckets: Buckets,
    newest: Mapping[LoadRequest, bool],
) -> None:
    """Fill the staging tables in one transaction: a commit on Redshift takes longer than most statements."""
    with warehouse.transaction():
        stage_files(requests, warehouse, newest)
        # One COPY per kind of part for all files, so the number of statements does not depend on the batch:
        # stage_sales <- staged/17/sales.csv.gz, staged/18/sales.csv.gz, …
        for part in COPIED:
            keys = [getattr(request.parts, part.name) for request in requests if request.rows_of(part.name)]
            if keys:
                warehouse.copy(part.table, part.column_names, keys, buckets.staged)


def stage_files(
    requests: Sequence[LoadRequest], warehouse: Warehouse, newest: Mapping[LoadRequest, bool]
) -> None:
    """Make the staging tables, and fill the one that has a row for each request."""
    for path in scripts(STAGE):
        warehouse.run(path)
    # Times come from here and not from the warehouse, whose functions for the time differ between the engines.
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    warehouse.insert(FILES.table, FILES.column_names, ledger.staged_rows(requests, loaded_at, newest))


IDLE_SECONDS: Final = 240
"""A connection to Redshift that is idle for longer is not used again.

Redshift ends the idle sessions of the functions' users: `SESSION_TIMEOUT` of chalicelib/warehouse/grants.py says when.
"""

_warm: dict[str, Warehouse] = {}
"""The connection, kept for as long as the function stays warm."""

_used_at: dict[str, float] = {}
"""When a load last began to use it, in wall-clock time: a monotonic clock may stand still in a frozen function."""


def _connected(settings: Settings) -> Warehouse:
    url = settings.warehouse
    is_idle = time() - _used_at.get(url, 0) > IDLE_SECONDS
    if is_idle and url in _warm and _warm[url].engine == "redshift":
        disconnect()
    _used_at[url] = time()
    if url not in _warm:
        _warm[url] = Warehouse.from_settings(settings)
    return _warm[url]


def disconnect() -> None:
    """Close the connection, and with it any state that a failure has left on it."""
    while _warm:
        _warm.popitem()[1].close()
