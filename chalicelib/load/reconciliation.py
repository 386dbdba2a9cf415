"""The check that a load wrote what `ingest` counted, file by file. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from chalicelib.errors import ReconciliationError, TiedError
from chalicelib.model import LoadRequest, Outcome, Status

UNCHANGED: Final = "unchanged"
"""The decision on a request that brings the ledger nothing new."""

TIED: Final = "tied"
"""The decision on a request of the same second as a version that was committed meanwhile: S3 must decide."""


class Figures(NamedTuple):
    """A row of `sql/load/reconcile/reconciliation.sql`: the figures of `ingest`, and those of the load."""

    ingest_id: int
    file_id: int | None
    status: str
    duplicate_sentence: str
    """A sentence that names the original of a duplicate; else empty."""
    rows_read: int
    rows_found: int
    items: int
    items_found: int
    total: Decimal
    sale_total: Decimal
    item_total: Decimal

    @property
    def agree(self) -> bool:
        """Tell whether rows, items and totals agree. Nothing is written of a file that is not loaded."""
        return self.status != Status.LOADED or (
            self.rows_read == self.rows_found
            and self.items == self.items_found
            and self.total == self.sale_total == self.item_total
        )


def reconcile(
    requests: Sequence[LoadRequest], rows: Iterable[Sequence[Any]]
) -> tuple[list[Outcome], list[LoadRequest]]:
    """Return the outcome of each request that has a new row in the ledger, and the requests that bring nothing new.

    Raise `ReconciliationError` unless the figures of all files agree, and `TiedError` if only S3
    knows which of two versions is newer.
    """
    # (17, 5, "loaded", "", 3, 3, 4, 4, 12.30, 12.30, 12.30): file 5 has 3 of 3 rows, 4 of 4 items, and both totals
    figures = {row.ingest_id: row for row in (Figures(*values) for values in rows)}
    by_id = {request.ingest_id: request for request in requests}
    if figures.keys() != by_id.keys():
        raise ReconciliationError("The load has not decided on each requested file once.")
    differences = [_difference(by_id[ingest_id], row) for ingest_id, row in figures.items() if not row.agree]
    if differences:
        raise ReconciliationError(" ".join(differences))
    # Checked last: wrong figures are worse, and trying again would not help.
    if TIED in {row.status for row in figures.values()}:
        raise TiedError("Another version of a file came in the same second; S3 is asked which is newer.")
    # A request without a new ledger row brought nothing new.
    pairs = [(request, figures[request.ingest_id]) for request in requests]
    outcomes = [_outcome(request, row, row.file_id) for request, row in pairs if row.file_id is not None]
    return outcomes, [request for request, row in pairs if row.file_id is None]


def _difference(request: LoadRequest, row: Figures) -> str:
    return (
        f"{request.source.object_key}: {row.rows_found} of {row.rows_read} rows, {row.items_found} of"
        f" {row.items} items; totals {row.total}, {row.sale_total} of sales, {row.item_total} of items."
    )


def _outcome(request: LoadRequest, row: Figures, file_id: int) -> Outcome:
    status = Status(row.status)
    return Outcome(
        request,
        status,
        row.duplicate_sentence or request.sentence,
        is_unchanged=False,
        file_id=file_id,
        version=request.source,
        initial_status=status,
    )
