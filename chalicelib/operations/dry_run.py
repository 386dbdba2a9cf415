"""A dry run: loads are decided on the ledger and what the loads before would add to it. Nothing is locked or loaded."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from chalicelib.load import ledger, transaction
from chalicelib.load.changes import stated_days
from chalicelib.load.decisions import Days, StoreDays, decide
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse

UNCHANGED = "unchanged"
"""The outcome of a request that brings the ledger nothing new."""

Decide = Callable[[Mapping[LoadRequest, StoreDays]], dict[LoadRequest, tuple[str, str]]]
"""Takes a batch, with the stores and days of each file; returns the decision on each request and its sentence."""


class DryRun:
    """Batches that are decided one after the other, each as if the ones before were loaded."""

    def __init__(self, warehouse: Warehouse, buckets: Buckets) -> None:
        self._warehouse = warehouse
        self._buckets = buckets
        self._written: dict[int, ledger.Entry] = {}
        """The rows that the batches before would have written, by their numbers."""
        self._days: dict[int, StoreDays] = {}
        """The stores and days of these files."""

    def decide(self, batch: Mapping[LoadRequest, StoreDays]) -> dict[LoadRequest, tuple[str, str]]:
        """Return the status that each request would have, and the sentence on it."""
        requests = list(batch)
        rows, greatest_file_id = ledger.entries_for(requests, self._warehouse)
        # The ledger, as the batches before would have left it
        entries = {entry.file_id: entry for entry in rows} | self._written
        newest = transaction.newest_of_their_second(requests, list(entries.values()), self._buckets)
        stated = stated_days(entries.values(), self._warehouse)
        decisions = decide(
            requests,
            entries.values(),
            days=Days(
                {request.ingest_id: days for request, days in batch.items()},
                {**stated.days.loaded, **self._days},
            ),
            newest=newest,
            greatest_file_id=max([greatest_file_id, *self._written]),
            loaded_at=datetime.now(UTC).replace(tzinfo=None),
        )
        self._written |= {entry.file_id: entry for entry in [*decisions.changed, *decisions.new.values()]}
        self._days |= {entry.file_id: batch[request] for request, entry in decisions.new.items()}
        tied = dict.fromkeys(decisions.tied, ("tied", ""))
        unchanged = dict.fromkeys(decisions.unchanged, (UNCHANGED, ""))
        new = {request: (str(entry.status), entry.sentence) for request, entry in decisions.new.items()}
        return unchanged | new | tied


@contextmanager
def decisions(buckets: Buckets, settings: Settings) -> Iterator[Decide]:
    """Yield a function that decides on one batch after the other, each as if the ones before were loaded."""
    with closing(Warehouse.from_settings(settings)) as warehouse:
        # The query of days reads what is staged, too: here it is nothing.
        transaction.create_staging([], warehouse)
        yield DryRun(warehouse, buckets).decide
