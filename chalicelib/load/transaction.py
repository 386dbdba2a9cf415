"""The two transactions of a batch: stage, commit; lock, decide, change the warehouse, drop the staging, commit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import Final

from chalicelib.errors import TiedError
from chalicelib.load import ledger
from chalicelib.load.changes import DROP, REJECT, STAGE, Changes, carry_out, stated_days
from chalicelib.load.decisions import Decisions, decide
from chalicelib.load.moves import NO_REMARKS
from chalicelib.model import LoadRequest, Outcome
from chalicelib.parts import COPIED, REJECTIONS
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script
from chalicelib.warehouse.versions import require_own_schema


def load_together(requests: Sequence[LoadRequest], buckets: Buckets, settings: Settings) -> list[Outcome]:
    """Stage requests, and load them in one transaction that is reconciled before its commit; return their outcomes."""
    if not requests:
        return []
    warehouse = connected(settings)
    entries = ledger.entries_for(requests, warehouse).rows
    outcomes = ledger.unchanged(requests, entries)
    # Requests that bring nothing new need neither staging nor the lock: their parts may be gone.
    decided = {outcome.request for outcome in outcomes}
    if fresh := [request for request in requests if request not in decided]:
        newest = newest_of_their_second(fresh, entries, buckets)
        stage(fresh, warehouse, buckets)
        outcomes += load_staged(fresh, newest, warehouse)
    return outcomes


def newest_of_their_second(
    requests: Sequence[LoadRequest], entries: Sequence[ledger.Entry], buckets: Buckets
) -> dict[LoadRequest, bool]:
    """Ask S3, for each request that is tied with another version, whether it is the newer one."""
    tied = ledger.tied(requests, entries)
    return {request: buckets.raw.is_newest_of_its_second(request.source) for request in tied}


def stage(requests: Sequence[LoadRequest], warehouse: Warehouse, buckets: Buckets) -> None:
    """Fill the staging tables in one transaction: a commit on Redshift takes longer than most statements.

    Staging needs no lock: loads stage side by side, and take turns only afterwards.
    """
    with warehouse.transaction():
        create_staging(requests, warehouse)
        # One COPY per kind of part for all files, so the number of statements does not depend on the batch:
        # stage_sales <- staged/17/sales.csv.gz, staged/18/sales.csv.gz, …
        for part in COPIED:
            keys = [getattr(request.parts, part.name) for request in requests if request.rows_of(part.name)]
            if keys:
                warehouse.copy(part.table, part.column_names, keys, buckets.staged)


def create_staging(requests: Sequence[LoadRequest], warehouse: Warehouse) -> None:
    """Create the staging tables; the one for rejected rows only if there are any."""
    warehouse.run_folder(STAGE)
    if any(request.rows_of(REJECTIONS.name) for request in requests):
        warehouse.run(script(f"{REJECT}/01_stage_rejections"))


def load_staged(
    requests: Sequence[LoadRequest], newest: Mapping[LoadRequest, bool], warehouse: Warehouse
) -> list[Outcome]:
    """Load what is staged, and drop the staging tables, in one transaction; return the outcomes.

    `newest` says of tied requests whether S3 has them as the newest version of their second. Raise `TiedError` if there
    are others by now, and `ReconciliationError` if the figures do not agree.
    """
    with warehouse.locked_transaction():
        entries = ledger.entries_for(requests, warehouse)
        stated = stated_days(entries.rows, warehouse)
        decisions = decide(
            requests,
            entries.rows,
            days=stated.days,
            newest=newest,
            greatest_file_id=entries.greatest_file_id,
            # Times come from here and not from the warehouse, whose functions for the time differ between the engines.
            loaded_at=datetime.now(UTC).replace(tzinfo=None),
        )
        if decisions.tied:
            raise TiedError("Another version of a file came in the same second; S3 is asked which is newer.")
        changes = carry_out(decisions, stated, warehouse)
        warehouse.run_folder(DROP)
    return _outcomes(requests, decisions, changes)


def _outcomes(requests: Sequence[LoadRequest], decisions: Decisions, changes: Changes) -> list[Outcome]:
    outcomes = []
    for request in requests:
        if request in decisions.new:
            entry = decisions.new[request]
            remarks = changes.remarks.get(entry.file_id, NO_REMARKS)
            outcomes.append(
                entry.outcome(request, is_unchanged=False, noticed=remarks.noticed, moves=remarks.others)
            )
        else:
            outcomes.append(decisions.unchanged[request].outcome(request))
    return outcomes


IDLE_SECONDS: Final = 240
"""A connection to Redshift that is idle for longer is not used again.

Redshift ends the idle sessions of the functions' users: `SESSION_TIMEOUT` of chalicelib/warehouse/grants.py says when.
"""

_warm: dict[str, Warehouse] = {}
"""The connection, kept for as long as the function stays warm."""

_used_at: dict[str, float] = {}
"""When a load last began to use it, in wall-clock time: a monotonic clock may stand still in a frozen function."""


def connected(settings: Settings) -> Warehouse:
    """Return the connection that loads use, as long as the function stays warm."""
    url = settings.warehouse
    is_idle = time() - _used_at.get(url, 0) > IDLE_SECONDS
    if is_idle and url in _warm and _warm[url].engine == "redshift":
        disconnect()
    _used_at[url] = time()
    if url not in _warm:
        _warm[url] = Warehouse.from_settings(settings)
        # A new release may meet tables that are not migrated yet, which lack columns of its first query.
        require_own_schema(_warm[url])
    return _warm[url]


def disconnect() -> None:
    """Close the connection, and with it any state that a failure has left on it."""
    while _warm:
        _warm.popitem()[1].close()
