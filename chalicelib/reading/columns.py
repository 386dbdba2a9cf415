"""The columns of some rows, read into sales and faults. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from chalicelib.reading import fields
from chalicelib.reading.column_values import Values
from chalicelib.reading.csv_blocks import UNDECODABLE
from chalicelib.reading.csv_rows import Rows
from chalicelib.reading.fields import OPTIONAL_READERS, Fault, Reader
from chalicelib.reading.formats import Column
from chalicelib.reading.layouts import Layout
from chalicelib.reading.sales import Sales

READ: Final = (
    Column.SOLD_AT,
    Column.SOLD_ON,
    Column.SOLD_TIME,
    Column.STORE_NAME,
    Column.CUSTOMER_NAME,
    Column.BASKET,
    Column.TOTAL_PRICE,
    Column.PAYMENT_TYPE,
    *OPTIONAL_READERS,
)
"""The columns that are read, in the order in which their faults count. The card number is never read."""

BAD_TEXT: Final = Fault(
    "", "bad_text", "The line cannot be read as text: it is neither UTF-8 nor Windows-1252."
)

FIRST_LETTER: Final = itemgetter(slice(0, 1))


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of some rows."""

    values: dict[Column, Values]
    """The columns that are read text by text: all but the customers' names and the baskets."""
    customer_names: Sequence[str]
    baskets: Sequence[str]
    bad_places: list[int]
    """The places of the rows with a fault, in their order."""
    undecodable_places: frozenset[int]
    """The places of the rows that contain bytes that are not text."""

    def sales(self, line_numbers: Sequence[int]) -> Sales:
        """Return the sales among rows with these line numbers: `Chunk.sales` has their columns."""
        missing = [""] * len(line_numbers)
        columns = {
            "line_number": line_numbers,
            "sold_at": self.values[Column.SOLD_AT].rows,
            "store_name": self.values[Column.STORE_NAME].rows,
            "customer_name": self.customer_names,
            "basket": self.baskets,
            "total_price": self.values[Column.TOTAL_PRICE].rows,
            "payment_type": self.values[Column.PAYMENT_TYPE].rows,
            **{
                str(column): self.values[column].rows if column in self.values else missing
                for column in OPTIONAL_READERS
            },
        }
        # Most columns are lists already, which nobody changes.
        sales = Sales(
            {name: values if isinstance(values, list) else list(values) for name, values in columns.items()}
        )
        bad_places = frozenset(self.bad_places)
        return sales.selected(place not in bad_places for place in range(len(sales))) if bad_places else sales

    def fault(self, place: int) -> Fault:
        """Return the first fault of a row that has one."""
        if place in self.undecodable_places:
            return BAD_TEXT
        for column in READ:
            if column is Column.CUSTOMER_NAME and (
                fault := fields.customer_fault(self.customer_names[place])
            ):
                return fault
            if column in self.values and isinstance(value := self.values[column].rows[place], Fault):
                return value
        raise ValueError("the row is not at fault")


def places(layout: Layout) -> set[int]:
    """Return the places in a layout of the columns that are read."""
    return set(layout.places(*READ))


def read_columns(rows: Rows, layout: Layout, timestamp_reader: Reader) -> Columns:
    """Read the columns of rows; no work is done for those that the layout lacks."""
    cells = {column: rows.cells[place] for place, column in enumerate(layout.columns) if column in READ}
    values = {
        Column.SOLD_AT: Values.of(_timestamps(cells), timestamp_reader),
        Column.STORE_NAME: Values.of(_store_names(cells, layout), fields.store_name),
    }
    values |= _totals_and_payments(cells[Column.TOTAL_PRICE], cells[Column.PAYMENT_TYPE])
    values |= {
        column: Values.of(cells[column], reader)
        for column, reader in OPTIONAL_READERS.items()
        if column in cells
    }
    baskets = cells[Column.BASKET]
    names = cells.get(Column.CUSTOMER_NAME, [""] * len(baskets))
    undecodable = frozenset[int]() if rows.is_clean else _undecodable_places(cells)
    bad_places = undecodable.union(
        rows.longer_places, _bad_names(names), *(column.bad_places for column in values.values())
    )
    return Columns(values, names, baskets, sorted(bad_places), undecodable)


def _store_names(cells: dict[Column, Sequence[str]], layout: Layout) -> Sequence[str]:
    """Return the store of each row: its own, or that of the file if it has no column for it."""
    if layout.store is None:
        return cells[Column.STORE_NAME]
    return [layout.store.name] * len(cells[Column.BASKET])


def _timestamps(cells: dict[Column, Sequence[str]]) -> Sequence[str]:
    """Return the timestamp of each row: that of one column, or a day's and a time's joined."""
    if Column.SOLD_AT in cells:
        return cells[Column.SOLD_AT]
    return list(map(" ".join, zip(cells[Column.SOLD_ON], cells[Column.SOLD_TIME], strict=True)))


def _totals_and_payments(totals: Sequence[str], payments: Sequence[str]) -> dict[Column, Values]:
    """Read totals and payments, also where the two have changed places in a row."""
    total, payment = Values.of(totals, fields.total_price), Values.of(payments, fields.payment_type)
    # total "CARD", payment "5.20" -> both are faults; read the other way round, both are values
    places = sorted({*total.bad_places}.intersection(payment.bad_places))
    if places:
        swapped_total = Values.of([payments[place] for place in places], fields.total_price)
        swapped_payment = Values.of([totals[place] for place in places], fields.payment_type)
        still_bad = {*swapped_total.bad_places, *swapped_payment.bad_places}
        swapped = [(at, place) for at, place in enumerate(places) if at not in still_bad]
        total = total.replaced({place: swapped_total.rows[at] for at, place in swapped})
        payment = payment.replaced({place: swapped_payment.rows[at] for at, place in swapped})
    return {Column.TOTAL_PRICE: total, Column.PAYMENT_TYPE: payment}


def _bad_names(names: Sequence[str]) -> list[int]:
    """Return the places of customers' names with a fault.

    Nearly all columns have none: if every name is short, and empty or begins with a letter, none is read one by one.
    """
    are_short = max(map(len, names), default=0) <= fields.NAME_BYTES
    if are_short and all(not first or first.isalpha() for first in set(map(FIRST_LETTER, names))):
        return []
    return [place for place, name in enumerate(names) if fields.customer_fault(name) is not None]


def _undecodable_places(cells: dict[Column, Sequence[str]]) -> frozenset[int]:
    """Return the places of rows that contain bytes that are not text in a column that is read."""
    return frozenset(
        place for texts in cells.values() for place, text in enumerate(texts) if UNDECODABLE in text
    )
