"""A dry run: loads are decided on a copy of the ledger that only this session sees. Nothing is locked or loaded."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

from chalicelib.load import ledger, transaction
from chalicelib.load.reconciliation import UNCHANGED
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script, scripts

DECIDE_AND_RECORD: Final = ("load/decide", "load/record")

Decide = Callable[[Sequence[LoadRequest]], dict[LoadRequest, tuple[str, str]]]
"""Takes a batch; returns the decision on each request and, for a duplicate, the sentence that names the original."""


@contextmanager
def decisions(buckets: Buckets, settings: Settings) -> Iterator[Decide]:
    """Yield a function that decides on one batch after the other, each as if the ones before were loaded."""
    with closing(Warehouse.from_settings(settings)) as warehouse:
        warehouse.run(script("dry_run/load_files"))
        yield partial(_decide, warehouse, buckets)


def _decide(
    warehouse: Warehouse, buckets: Buckets, requests: Sequence[LoadRequest]
) -> dict[LoadRequest, tuple[str, str]]:
    entries = ledger.entries_for(requests, warehouse)
    decided = {outcome.request: (UNCHANGED, "") for outcome in ledger.unchanged(requests, entries)}
    fresh = [request for request in requests if request not in decided]
    if not fresh:
        return decided
    newest = transaction.newest_of_their_second(fresh, entries, buckets)
    transaction.stage_files(fresh, warehouse, newest)
    for path in scripts(*DECIDE_AND_RECORD):
        warehouse.run(path)
    by_id = {request.ingest_id: request for request in fresh}
    for ingest_id, status, sentence in warehouse.run(script("dry_run/outcomes")):
        decided[by_id[ingest_id]] = status, sentence
    warehouse.run(script("dry_run/drop_staging"))
    return decided
