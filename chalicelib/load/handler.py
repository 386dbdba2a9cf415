"""The load of a batch of requests. Its steps are ordered here: drop what is settled, stage, load, archive, report."""

import io
import logging
import math
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from chalicelib.aws import client
from chalicelib.errors import LateError, TransientError, WarehouseError
from chalicelib.load import ledger
from chalicelib.load.messages import batches, messages_of
from chalicelib.load.post_commit import FAILURES, NOBODYS_FAULT, finish, resent
from chalicelib.load.reconciliation import reconcile
from chalicelib.model import LoadRequest, Outcome
from chalicelib.people import notices
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Storage
from chalicelib.warehouse.connection import Warehouse, scripts

ATTEMPTS: Final = 4
"""At what may pass, before the messages go back to the queue."""

LONGEST_WORK: Final = 0.5
"""The part of the function's timeout after which nothing new is begun."""

PARTS: Final = {
    "stage_sales": (
        "ingest_id",
        "line_number",
        "sold_at",
        "store_name",
        "customer_hash",
        "payment_type",
        "total_price",
        "sale_key",
    ),
    "stage_items": (
        "ingest_id",
        "line_number",
        "item_number",
        "product_name",
        "size",
        "flavour_name",
        "unit_price",
    ),
    "stage_rejections": ("ingest_id", "line_number", "column_name", "reason", "sentence"),
}
"""The columns of the parts that ingest writes."""


STAGE: Final = "load/stage"
UNDER_LOCK: Final = ("load/decide", "load/transform", "load/record")
RECONCILE: Final = "load/reconcile"
DROP: Final = "load/drop"
LOAD: Final = (STAGE, *UNDER_LOCK, RECONCILE, DROP)
"""The folders of `sql/`, in the order in which a load runs them."""

THREADS: Final = 8
"""Files that are archived at a time; each waits for S3 most of the time."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Load the requests of a batch of messages; return which messages failed, so that only they come again."""
    settings = Settings.from_environment()
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    messages, failed = messages_of(event)
    until = time.monotonic() + settings.load_timeout * LONGEST_WORK
    outcomes: list[Outcome] = []
    errors: dict[LoadRequest, Exception] = {}
    for batch in batches(messages):
        settled, unsettled = settle(batch, storage, settings, until=until)
        outcomes += settled
        errors |= unsettled
    errors = {request: exc for request, exc in errors.items() if not resent(request, exc, storage, settings)}
    notices.report(outcomes, errors, settings)
    failed += [message.message_id for request in errors for message in messages[request]]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def settle(
    requests: Sequence[LoadRequest], storage: Storage, settings: Settings, *, until: float = math.inf
) -> tuple[list[Outcome], dict[LoadRequest, Exception]]:
    """Load requests and finish what is committed; return what became of each, and what came between."""
    outcomes, errors = load(requests, storage, settings, until=until)
    with ThreadPoolExecutor(THREADS) as pool:
        finished = list(pool.map(partial(finish, storage), outcomes))
    return outcomes, errors | {request: exc for request, exc in finished if exc}


def load(
    requests: Sequence[LoadRequest], storage: Storage, settings: Settings, *, until: float = math.inf
) -> tuple[list[Outcome], dict[LoadRequest, Exception]]:
    """Load requests in one transaction; if that fails, each alone, so that a bad file keeps no other waiting.

    What has not begun by the clock's `until` comes again.
    """
    if time.monotonic() > until:
        return [], dict.fromkeys(requests, LateError("There was no time left to begin the load."))
    try:
        return _persistent()(load_together, requests, storage, settings), {}
    except FAILURES as exc:
        disconnect()
        if len(requests) == 1 or isinstance(exc, NOBODYS_FAULT):
            return [], dict.fromkeys(requests, exc)
        notices.log_event("batch_failed", level=logging.WARNING, files=len(requests), error=exc)
    results = [load([request], storage, settings, until=until) for request in requests]
    outcomes = [outcome for loaded, _ in results for outcome in loaded]
    return outcomes, {request: failure for _, errors in results for request, failure in errors.items()}


def _persistent() -> Retrying:
    """Return what tries again, on a fresh connection and a little later, what may pass."""
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        before_sleep=_begin_afresh,
        reraise=True,
    )


def _begin_afresh(state: RetryCallState) -> None:
    disconnect()
    error = state.outcome.exception() if state.outcome else None
    notices.log_event("load_retried", level=logging.WARNING, attempt=state.attempt_number, error=error)


def load_together(requests: Sequence[LoadRequest], storage: Storage, settings: Settings) -> list[Outcome]:
    """Load requests in one transaction, reconciled before its commit; return what became of each."""
    if not requests:
        return []
    warehouse = _connected(settings)
    entries = ledger.known(requests, warehouse)
    outcomes = ledger.settled(requests, entries)
    done = {outcome.request for outcome in outcomes}
    if fresh := [request for request in requests if request not in done]:
        newest = newest_of_their_second(fresh, entries, storage)
        with staged(fresh, warehouse, storage, newest), warehouse.transaction():
            for script in scripts(*UNDER_LOCK):
                warehouse.run(script)
            [reconciliation] = scripts(RECONCILE)
            new, others = reconcile(fresh, warehouse.run(reconciliation))
        outcomes += new
        if others:
            entries = ledger.known(others, warehouse)
            outcomes += [ledger.known_before(request, entries) for request in others]
    return outcomes


def newest_of_their_second(
    requests: Sequence[LoadRequest], entries: Sequence[ledger.Entry], storage: Storage
) -> dict[LoadRequest, bool]:
    """Ask S3 of each request that is tied with another version whether it is the newer one."""
    tied = ledger.tied(requests, entries)
    return {request: storage.is_newest_of_its_second(request.source) for request in tied}


@contextmanager
def staged(
    requests: Sequence[LoadRequest],
    warehouse: Warehouse,
    storage: Storage,
    newest: Mapping[LoadRequest, bool],
) -> Iterator[None]:
    """Fill the staging tables, and drop them and what only this batch needs when it is committed."""
    batch = f"load-{secrets.token_hex(8)}"
    try:
        stage_files(requests, warehouse, storage, newest, batch=batch)
        for table, columns in PARTS.items():
            keys = [getattr(request.parts, table.removeprefix("stage_")) for request in requests]
            warehouse.copy(table, columns, keys, storage, batch=batch)
        yield
    finally:
        storage.delete_batch(batch)
    _drop(warehouse)


def stage_files(
    requests: Sequence[LoadRequest],
    warehouse: Warehouse,
    storage: Storage,
    newest: Mapping[LoadRequest, bool],
    *,
    batch: str,
) -> None:
    """Make the staging tables and fill the one that says what is requested."""
    part = f"staged/{batch}/files.csv.gz"
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    storage.write_part(part, io.BytesIO(ledger.part(requests, loaded_at, newest)))
    for script in scripts(STAGE):
        warehouse.run(script)
    warehouse.copy("stage_files", ledger.COLUMNS, [part], storage, batch=batch)


def _drop(warehouse: Warehouse) -> None:
    [script] = scripts(DROP)
    try:
        warehouse.run(script)
    except WarehouseError:  # all is committed: the tables go with the connection
        disconnect()


_warm: dict[str, Warehouse] = {}
"""The connection, kept for as long as the function stays warm."""


def _connected(settings: Settings) -> Warehouse:
    if settings.warehouse not in _warm:
        _warm[settings.warehouse] = Warehouse.connect(
            settings.warehouse, copy_role=settings.copy_role, timeout=settings.load_timeout
        )
    return _warm[settings.warehouse]


def disconnect() -> None:
    """Give the connection up, and with it whatever state a failure has left on it."""
    while _warm:
        _warm.popitem()[1].close()
