"""The check that a load wrote what `ingest` counted, and that moved sales are where they should be. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from chalicelib.errors import ReconciliationError
from chalicelib.model import LoadRequest

MOST_REJECTED_ROWS: Final = 1_000
"""The rejected rows of a file that the warehouse keeps, in the order of lines; its count in the ledger is whole."""


class Figures(NamedTuple):
    """A row of `sql/load/reconcile/reconciliation.sql`: what the warehouse has of a file, counted or kept aside."""

    file_id: int | None
    """None for the row whose `rows_found` is the number of moved sales that are not where they should be."""
    rows_found: int
    items_found: int
    sale_total: Decimal
    item_total: Decimal

    def agree_with(self, request: LoadRequest) -> bool:
        """Tell whether rows, items and totals are those of the request."""
        return (
            self.rows_found == _rows_expected(request)
            and self.items_found == request.items
            and self.sale_total == self.item_total == request.total
        )


def reconcile(loaded: Mapping[LoadRequest, int], rows: Iterable[Figures]) -> None:
    """Raise `ReconciliationError` unless the figures of all loaded files agree, and no moved sale is misplaced."""
    # (5, 3, 4, 12.30, 12.30): file 5 has 3 rows and 4 items; both totals are 12.30 pounds
    figures = {row.file_id: row for row in rows}
    differences = []
    for request, file_id in loaded.items():
        row = figures.get(file_id, Figures(file_id, 0, 0, Decimal(0), Decimal(0)))
        if not row.agree_with(request):
            differences.append(_difference(request, row))
    if figures[None].rows_found:
        differences.append(f"{figures[None].rows_found} moved sales are not in the one place for them.")
    if differences:
        raise ReconciliationError(" ".join(differences))


def _rows_expected(request: LoadRequest) -> int:
    """Return the number of rows that the warehouse should have of a file: its sales, and the first rejected rows."""
    return request.rows_of("sales") + min(request.rows_rejected, MOST_REJECTED_ROWS)


def _difference(request: LoadRequest, row: Figures) -> str:
    return (
        f"{request.source.object_key}: {row.rows_found} of {_rows_expected(request)} rows, {row.items_found} of"
        f" {request.items} items; totals {request.total}, {row.sale_total} of sales, {row.item_total} of items."
    )
