"""Whether what a load has written is what ingest counted, file by file. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from chalicelib.errors import ReconciliationError, TiedError
from chalicelib.model import LoadRequest, Outcome, Status

SETTLED: Final = "settled"
"""A request that told the ledger nothing new."""

TIED: Final = "tied"
"""A request of the same second as another version that came meanwhile: S3 has to be asked."""


class Figures(NamedTuple):
    """A row of `sql/load/reconcile/reconciliation.sql`: what ingest counted, and what the load found of it."""

    ingest_id: int
    file_id: int | None
    status: str
    original_key: str | None
    rows_read: int
    rows_found: int
    items: int
    items_found: int
    total: Decimal
    sale_total: Decimal
    item_total: Decimal

    @property
    def agree(self) -> bool:
        """Tell whether rows, items and totals add up; of a file that is not loaded there is nothing to add."""
        return self.status != Status.LOADED or (
            self.rows_read == self.rows_found
            and self.items == self.items_found
            and self.total == self.sale_total == self.item_total
        )


def reconcile(
    requests: Sequence[LoadRequest], rows: Iterable[Sequence[Any]]
) -> tuple[list[Outcome], list[LoadRequest]]:
    """Return what became of each request that told something new, and the others.

    Raise `ReconciliationError` unless the figures of all add up, and `TiedError` if nothing tells which is newer.
    """
    figures = {found.ingest_id: found for found in (Figures(*row) for row in rows)}
    if figures.keys() != {request.ingest_id for request in requests}:
        raise ReconciliationError("The load has not decided upon each requested file once.")
    by_id = {request.ingest_id: request for request in requests}
    wrong = [_difference(by_id[key], found) for key, found in figures.items() if not found.agree]
    if wrong:
        raise ReconciliationError(" ".join(wrong))
    if TIED in {found.status for found in figures.values()}:
        raise TiedError("Another version of a file came in the same second; S3 is asked which is newer.")
    pairs = [(request, figures[request.ingest_id]) for request in requests]
    new = [_outcome(request, found, found.file_id) for request, found in pairs if found.file_id is not None]
    return new, [request for request, found in pairs if found.file_id is None]


def _difference(request: LoadRequest, found: Figures) -> str:
    return (
        f"{request.source.object_key}: {found.rows_found} of {found.rows_read} rows, {found.items_found} of"
        f" {found.items} items; totals {found.total}, {found.sale_total} of sales, {found.item_total} of items."
    )


def _outcome(request: LoadRequest, found: Figures, file_id: int) -> Outcome:
    status = Status(found.status)
    return Outcome(
        request,
        status,
        copy_sentence(found.original_key) or request.sentence,
        settled_before=False,
        file_id=file_id,
        marks=request.source,
        arrived_as=status,
    )


def copy_sentence(original_key: str | None) -> str:
    """Return in plain words of what a duplicate is one; empty for what is none."""
    return f"The same content came before as {original_key}." if original_key else ""
