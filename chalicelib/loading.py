"""The load of a batch of requests. Its steps are ordered here: drop what is settled, stage, load, archive, report."""

import io
import logging
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import ledger, reporting
from chalicelib.clients import client
from chalicelib.errors import RequestError, UnreachableError, WarehouseError
from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.reconciling import reconcile
from chalicelib.settings import Settings
from chalicelib.storage import Storage
from chalicelib.warehouse import Warehouse, scripts

FAILURES: Final = (WarehouseError, ClientError, BotoCoreError)
"""What may go better the next time."""

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


STAGING: Final = "0*"
TRANSFORM: Final = "[1-4]*"
RECONCILIATION: Final = "5*"
DROP: Final = "9*"
"""The scripts of `sql/load` by their numbers; in the transform: decisions, dimensions, facts, ledger."""

THREADS: Final = 8
"""Files that are archived at a time; each waits for S3 most of the time."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Load the requests of a batch of messages; return which messages failed, so that only they come again."""
    settings = Settings.from_environment()
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    messages, failed = _requests(event)
    outcomes, errors = load(list(messages), storage, settings)
    with ThreadPoolExecutor(THREADS) as pool:
        errors |= {request: exc for request, exc in pool.map(partial(_finish, storage), outcomes) if exc}
    reporting.report(outcomes, errors, settings)
    failed += [message for request in errors for message in messages[request]]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _requests(event: dict[str, Any]) -> tuple[dict[LoadRequest, list[str]], list[str]]:
    """Return the requests, each once, with the ids of their messages, and the ids of messages that are none."""
    messages: dict[LoadRequest, list[str]] = defaultdict(list)
    unreadable = []
    for record in event["Records"]:
        try:
            messages[LoadRequest.from_json(record["body"])].append(record["messageId"])
        except RequestError as exc:
            reporting.log_event("no_request", level=logging.ERROR, message_id=record["messageId"], error=exc)
            unreadable.append(record["messageId"])
    return messages, unreadable


def load(
    requests: Sequence[LoadRequest], storage: Storage, settings: Settings
) -> tuple[list[Outcome], dict[LoadRequest, Exception]]:
    """Load requests in one transaction; if that fails, each alone, so that a bad file keeps no other waiting."""
    try:
        return load_together(requests, storage, settings), {}
    except FAILURES as exc:
        disconnect()
        if len(requests) == 1 or isinstance(exc, UnreachableError):
            return [], dict.fromkeys(requests, exc)
        reporting.log_event("batch_failed", level=logging.WARNING, files=len(requests), error=exc)
    results = [load([request], storage, settings) for request in requests]
    outcomes = [outcome for loaded, _ in results for outcome in loaded]
    return outcomes, {request: exc for _, errors in results for request, exc in errors.items()}


def load_together(requests: Sequence[LoadRequest], storage: Storage, settings: Settings) -> list[Outcome]:
    """Load requests in one transaction, reconciled before its commit; return what became of each."""
    if not requests:
        return []
    warehouse, outcomes = _settled(requests, settings)
    done = {outcome.request for outcome in outcomes}
    if fresh := [request for request in requests if request not in done]:
        with staged(fresh, warehouse, storage), warehouse.transaction():
            for script in scripts("load", TRANSFORM):
                warehouse.run(script)
            [reconciliation] = scripts("load", RECONCILIATION)
            outcomes += reconcile(fresh, warehouse.run(reconciliation))
    return outcomes


def _settled(requests: Sequence[LoadRequest], settings: Settings) -> tuple[Warehouse, list[Outcome]]:
    """Return a connection that answers and what the ledger has settled before."""
    if _warm:
        try:
            return _connected(settings), ledger.settled(requests, _connected(settings))
        except WarehouseError:  # it was idle for too long, or the warehouse was restarted
            disconnect()
    warehouse = _connected(settings)
    return warehouse, ledger.settled(requests, warehouse)


@contextmanager
def staged(requests: Sequence[LoadRequest], warehouse: Warehouse, storage: Storage) -> Iterator[None]:
    """Fill the staging tables, and drop them and what only this batch needs when it is committed."""
    batch = f"load-{secrets.token_hex(8)}"
    files = f"staged/{batch}/files.csv.gz"
    storage.write_part(files, io.BytesIO(ledger.part(requests, datetime.now(UTC).replace(tzinfo=None))))
    try:
        for script in scripts("load", STAGING):
            warehouse.run(script)
        warehouse.copy("stage_files", ledger.COLUMNS, [files], storage, batch=batch)
        for table, columns in PARTS.items():
            keys = [getattr(request.parts, table.removeprefix("stage_")) for request in requests]
            warehouse.copy(table, columns, keys, storage, batch=batch)
        yield
    finally:
        storage.delete_batch(batch)
    _drop(warehouse)


def _drop(warehouse: Warehouse) -> None:
    [script] = scripts("load", DROP)
    try:
        warehouse.run(script)
    except WarehouseError:  # all is committed: the tables go with the connection
        disconnect()


def _finish(storage: Storage, outcome: Outcome) -> tuple[LoadRequest, Exception | None]:
    """Archive and delete what is left of a committed file; every step may be repeated.

    A refused file stays in the raw bucket: what nobody can read nobody can redact.
    """
    request = outcome.request
    try:
        if outcome.status is not Status.REFUSED:
            storage.archive(request)
            storage.delete_raw(request.source)
        storage.delete_parts(request)
    except FAILURES as exc:
        return request, exc
    return request, None


_warm: dict[str, Warehouse] = {}
"""The connection, kept for as long as the function stays warm."""


def _connected(settings: Settings) -> Warehouse:
    if settings.warehouse not in _warm:
        _warm[settings.warehouse] = Warehouse.connect(settings.warehouse, copy_role=settings.copy_role)
    return _warm[settings.warehouse]


def disconnect() -> None:
    """Give the connection up, and with it whatever state a failure has left on it."""
    while _warm:
        _warm.popitem()[1].close()
