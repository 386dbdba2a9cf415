"""What loads would decide, told on a copy of the ledger that only this session sees: no lock, no sale, nothing kept."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from chalicelib import ledger, loading
from chalicelib.model import LoadRequest
from chalicelib.reconciling import SETTLED, copy_sentence
from chalicelib.settings import Settings
from chalicelib.storage import Storage
from chalicelib.warehouse import Warehouse, scripts

COPY_OF_LEDGER: Final = "0*"
OUTCOMES: Final = "5*"
DROP: Final = "9*"
"""The scripts of `sql/dry_run` by their numbers."""

DECISIONS: Final = "10_*"
LEDGER: Final = "41_*"
"""The scripts of `sql/load` that decide and write down what is decided."""

Decide = Callable[[Sequence[LoadRequest]], dict[LoadRequest, tuple[str, str]]]
"""Takes a batch; returns the decision on each request, and in plain words what it is like, if anything."""


@contextmanager
def decisions(storage: Storage, settings: Settings) -> Iterator[Decide]:
    """Yield what decides upon one batch after the other, each knowing the ones before."""
    warehouse = Warehouse.connect(
        settings.warehouse, copy_role=settings.copy_role, timeout=settings.load_timeout
    )
    try:
        _run(warehouse, "dry_run", COPY_OF_LEDGER)
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
    newest = loading.newest_of_their_second(fresh, entries, storage)
    try:
        loading.stage_files(fresh, warehouse, storage, newest, batch=batch)
    finally:
        storage.delete_batch(batch)
    _run(warehouse, "load", DECISIONS)
    _run(warehouse, "load", LEDGER)
    by_id = {request.ingest_id: request for request in fresh}
    for ingest_id, status, original_key in _run(warehouse, "dry_run", OUTCOMES):
        decided[by_id[ingest_id]] = status, copy_sentence(original_key)
    _run(warehouse, "dry_run", DROP)
    return decided


def _run(warehouse: Warehouse, folder: str, pattern: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for script in scripts(folder, pattern):
        rows = warehouse.run(script)
    return rows
