"""The columns that a header leaves open, inferred from the values under it: all rows of the head vote. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.reading import votes
from chalicelib.reading.basket_sums import adding_up, count_matches
from chalicelib.reading.cell_tables import LETTER, Table, best_place, changed, open_places
from chalicelib.reading.formats import Column
from chalicelib.reading.headers import HALVES, Header, missing
from chalicelib.reading.inferred_names import NamesStore, is_storeless, with_customer, with_store
from chalicelib.reading.layouts import ColumnOrder

Rows = Sequence[Sequence[str]]

BY_VALUE: Final = frozenset({Column.SOLD_AT, Column.BASKET, Column.TOTAL_PRICE, Column.PAYMENT_TYPE})
"""The columns whose values show which of several headings is theirs."""

MOST_PAIRS: Final = 30
"""The most pairs of a basket's and a total's column that are tried."""

CARD: Final = re.compile(r"(?:[A-Za-z -]+,\s*)?(?:[0-9Xx*][0-9Xx* -]{10,}(?:\.0)?|[0-9.]+[Ee]\+[0-9]+)")
"""`5494000000000000`, `visa,5494000000000000`, `5494000000000000.0`, `5.494E+15`, `xxxx-xxxx-xxxx-0000`."""


@dataclass(frozen=True)
class Inference:
    """The columns of a file by headings and values."""

    columns: ColumnOrder
    missing: list[Column]
    """The columns that nothing shows. The customer's is among them if one of several columns may be it."""
    repeated: list[Column]
    """The columns for which there are several headings, and nothing shows which one is right."""
    inferred: frozenset[Column]
    """The columns that the values showed."""
    lacks_store: bool = False
    """Whether no column can be the store's, and all others are clear."""

    @property
    def unclear(self) -> list[Column]:
        """The columns because of which the file cannot be read."""
        return self.missing + self.repeated


def infer(header: Header, rows: Rows, names_store: NamesStore) -> Inference:
    """Return the columns of a file with this header above these rows of its head."""
    width = len(header.row)
    right_rows = [[*row, ""][:width] for row in rows if width - 1 <= len(row) and not any(row[width:])]
    table = Table(header, right_rows)
    # A heading that is not the only one of its kind counts as unknown if its values can show more.
    unsure = BY_VALUE & set(header.repeated)
    columns = tuple(None if column in unsure else column for column in header.columns)
    for step in (_with_timestamp, _with_basket_and_total, _with_payment, _with_card):
        columns = step(columns, table)
    is_readable = set(missing(columns)) <= {Column.STORE_NAME}
    sales = Table(header, [row for row in right_rows if is_readable and votes.is_sale(row, columns)])
    columns = with_store(columns, sales, names_store)
    lacks_store = is_storeless(columns, sales) and _are_sales(columns, rows, right_rows)
    columns, is_customer_open = with_customer(columns, sales, lacks_store=lacks_store)
    # Without a row that can be read, a heading that is not known may stand for the customers.
    is_customer_open |= bool(rows) and not sales.row_count and header.may_lack_customers
    inferred = frozenset(
        column for column in columns if column and column not in set(header.columns) - unsure
    )
    customer = [Column.CUSTOMER_NAME] if is_customer_open else []
    repeated = [column for column in header.repeated if column not in inferred]
    lacks_store &= missing(columns) + customer + repeated == [Column.STORE_NAME]
    return Inference(columns, missing(columns) + customer, repeated, inferred, lacks_store)


def _are_sales(columns: ColumnOrder, rows: Rows, right_rows: Rows) -> bool:
    """Tell whether the items of a row add up to its total. A header alone is that of sales if it is clear."""
    return adding_up(right_rows, columns) > 0 if rows else None not in columns


def _with_timestamp(columns: ColumnOrder, table: Table) -> ColumnOrder:
    """Return the columns with that of the timestamp, or those of the day and the time."""
    is_timestamp, is_day, is_time = (
        votes.VALUE_TESTS[column] for column in (Column.SOLD_AT, Column.SOLD_ON, Column.SOLD_TIME)
    )
    at = columns.index(Column.SOLD_AT) if Column.SOLD_AT in columns else None
    if set(columns) >= HALVES or (at is not None and table.are_mostly(at, is_timestamp)):
        return columns
    if at is None and (place := table.best(open_places(columns), is_timestamp)) is not None:
        return changed(columns, {place: Column.SOLD_AT})
    # "date" is the whole timestamp as far as headings show. Over days alone it is a half, if another column has times.
    candidates = open_places(columns) + ([] if at is None else [at])
    day, time = table.best(candidates, is_day), table.best(candidates, is_time)
    if day is None or time is None or (at is not None and at not in {day, time}):
        return columns
    return changed(columns, {day: Column.SOLD_ON, time: Column.SOLD_TIME})


def _with_basket_and_total(columns: ColumnOrder, table: Table) -> ColumnOrder:
    """Return the columns with those of basket and total: the pair in which the items add up to the total most often."""
    if {Column.BASKET, Column.TOTAL_PRICE} <= set(columns):
        return columns
    basket_places = _places(columns, Column.BASKET) or [
        place for place in open_places(columns) if table.are_mostly(place, _may_be_basket)
    ]
    total_places = _places(columns, Column.TOTAL_PRICE) or [
        place for place in open_places(columns) if table.are_mostly(place, votes.is_total)
    ]
    pairs = [(basket, total) for basket in basket_places for total in total_places]
    tried = pairs if len(pairs) <= MOST_PAIRS else []
    counts = [count_matches(table.cells[basket], table.cells[total]) for basket, total in tried]
    best = best_place(dict(enumerate(counts)), table.row_count)
    if best is None:
        return columns
    basket, total = pairs[best]
    return changed(columns, {basket: Column.BASKET, total: Column.TOTAL_PRICE})


def _places(columns: ColumnOrder, column: Column) -> list[int]:
    return [columns.index(column)] if column in columns else []


def _may_be_basket(text: str) -> bool:
    return bool(LETTER.search(text)) and any(map(str.isdigit, text))


def _with_payment(columns: ColumnOrder, table: Table) -> ColumnOrder:
    if Column.PAYMENT_TYPE in columns:
        return columns
    # `Card` may stand above CARD and CASH, too.
    candidates = [place for place, column in enumerate(columns) if column in {None, Column.CARD_NUMBER}]
    place = table.best(candidates, votes.is_payment)
    return columns if place is None else changed(columns, {place: Column.PAYMENT_TYPE})


def _with_card(columns: ColumnOrder, table: Table) -> ColumnOrder:
    """Return the columns with those of cards, which are never read: they can be neither a store nor a name."""
    places = [place for place in open_places(columns) if table.are_mostly(place, _is_card)]
    return changed(columns, dict.fromkeys(places, Column.CARD_NUMBER))


def _is_card(text: str) -> bool:
    return bool(CARD.fullmatch(text.strip()))
