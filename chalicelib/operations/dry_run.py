"""What loads would decide, told on a copy of the ledger that only this session sees: no lock, no sale, nothing kept."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from chalicelib.load import handler as load_handler
from chalicelib.load import ledger
from chalicelib.load.reconciliation import SETTLED, copy_sentence
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Storage
from chalicelib.warehouse.connection import Warehouse, script, scripts

DECIDE: Final = ("load/decide", "load/record")
"""The folders of `sql/` that decide, and write down what is decided."""

Decide = Callable[[Sequence[LoadRequest]], dict[LoadRequest, tuple[str, str]]]
"""Takes a batch; returns the decision on each request, and in plain words what it is like, if anything."""


@contextmanager
def decisions(storage: Storage, settings: Settings) -> Iterator[Decide]:
    """Yield what decides upon one batch after the other, each knowing the ones before."""
    warehouse = Warehouse.connect(
        settings.warehouse, copy_role=settings.copy_role, timeout=settings.load_timeout
    )
    try:
        warehouse.run(script("dry_run/load_files"))
        yield partial(_decide, warehouse, storage)
    finally:
        warehouse.close()


def _decide(
    warehouse: Warehouse, storage: Storage, requests: Sequence[LoadRequest]
) -> dict[LoadRequest, tuple[str, str]]:
    entries = ledger.known(requests, warehouse)
    decided = {outcome.request: (SETTLED, "") for outcome in ledger.settled(requests, entries)}
    fresh = [request for request in requests if request not in decided]
    if not fresh:
        return decided
    batch = f"replay-{secrets.token_hex(8)}"
    newest = load_handler.newest_of_their_second(fresh, entries, storage)
    try:
        load_handler.stage_files(fresh, warehouse, storage, newest, batch=batch)
    finally:
        storage.delete_batch(batch)
    for path in scripts(*DECIDE):
        warehouse.run(path)
    by_id = {request.ingest_id: request for request in fresh}
    for ingest_id, status, original_key in warehouse.run(script("dry_run/outcomes")):
        decided[by_id[ingest_id]] = status, copy_sentence(original_key)
    warehouse.run(script("dry_run/drop_staging"))
    return decided
