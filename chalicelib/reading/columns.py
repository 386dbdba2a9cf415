"""The columns of some rows, read into sales and faults. Pure."""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd

from chalicelib.reading import fields
from chalicelib.reading.column_values import Codes, Flags, Values
from chalicelib.reading.csv_blocks import UNDECODABLE
from chalicelib.reading.csv_rows import Integers, Objects, Rows
from chalicelib.reading.fields import OPTIONAL_READERS, Fault, Reader
from chalicelib.reading.formats import Column
from chalicelib.reading.layouts import Layout

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


@dataclass(frozen=True)
class Columns:
    """The columns of some rows."""

    values: dict[Column, Values]
    """The columns that are read text by text: all but the customers' names and the baskets."""
    customer_names: Objects
    baskets: Objects
    is_bad: Flags
    """Which rows have a fault."""
    is_undecodable: Flags
    """Which rows contain bytes that are not text."""

    def sales(self, line_numbers: Integers) -> pd.DataFrame:
        """Return the sales among rows with these line numbers, in the columns of `Chunk.sales`."""
        good: Any = ~self.is_bad if self.is_bad.any() else slice(None)
        optional = {
            str(column): self.values[column].rows[good] if column in self.values else ""
            for column in OPTIONAL_READERS
        }
        return pd.DataFrame(
            {
                "line_number": line_numbers[good],
                "sold_at": self.values[Column.SOLD_AT].rows[good],
                "store_name": self.values[Column.STORE_NAME].rows[good],
                "customer_name": self.customer_names[good],
                "basket": self.baskets[good],
                "total_price": self.values[Column.TOTAL_PRICE].numbers[good],
                "payment_type": self.values[Column.PAYMENT_TYPE].rows[good],
                **optional,
            },
            copy=False,
        )

    def fault(self, place: int) -> Fault:
        """Return the first fault of a row that has one."""
        if self.is_undecodable[place]:
            return BAD_TEXT
        for column in READ:
            if column is Column.CUSTOMER_NAME and (
                fault := fields.customer_fault(self.customer_names[place])
            ):
                return fault
            if column in self.values and self.values[column].is_bad[place]:
                return self.values[column].fault(place)
        raise ValueError("the row is not at fault")


def places(layout: Layout) -> set[int]:
    """Return the places in a layout of the columns that are read."""
    return set(layout.places(*READ))


def read_columns(rows: Rows, layout: Layout, timestamp_reader: Reader) -> Columns:
    """Read the columns of rows; no work is done for those that the layout lacks."""
    cells = {column: rows.cells[place] for place, column in enumerate(layout.columns) if column in READ}
    values = {
        Column.SOLD_AT: Values.of_codes(*_timestamps(cells), timestamp_reader),
        Column.STORE_NAME: Values.of(_store_names(cells, layout), fields.store_name),
    }
    values |= _totals_and_payments(cells[Column.TOTAL_PRICE], cells[Column.PAYMENT_TYPE])
    values |= {
        column: Values.of(cells[column], reader)
        for column, reader in OPTIONAL_READERS.items()
        if column in cells
    }
    baskets = cells[Column.BASKET]
    names = cells.get(Column.CUSTOMER_NAME, np.full(len(baskets), "", dtype=object))
    is_undecodable = np.zeros(len(names), dtype=np.bool_) if rows.is_clean else _are_undecodable(cells)
    is_bad = is_undecodable | _are_bad_names(names) | rows.is_longer
    for column_values in values.values():
        is_bad = is_bad | column_values.is_bad
    return Columns(values, names, baskets, is_bad, is_undecodable)


def _store_names(cells: dict[Column, Objects], layout: Layout) -> Objects:
    """Return the store of each row: its own, or that of the file if it has no column for it."""
    if layout.store is None:
        return cells[Column.STORE_NAME]
    return np.full(len(cells[Column.BASKET]), layout.store.name, dtype=object)


def _timestamps(cells: dict[Column, Objects]) -> tuple[Codes, Objects]:
    """Return a code for each row and the different timestamps: of one column, or of a day's and a time's joined."""
    if Column.SOLD_AT in cells:
        return pd.factorize(cells[Column.SOLD_AT])
    days, day_texts = pd.factorize(cells[Column.SOLD_ON])
    times, time_texts = pd.factorize(cells[Column.SOLD_TIME])
    # Both codes make one number, so that only pairs that occur are joined. With days ["25/08", "26/08"] and
    # times ["09:00", "09:05", "09:10"]: row ("26/08", "09:05") -> 1 * 3 + 1 = 4 -> divmod(4, 3) = (1, 1)
    pairs, codes = np.unique(days * len(time_texts) + times, return_inverse=True)
    texts: Objects = np.empty(len(pairs), dtype=object)
    texts[:] = [
        f"{day_texts[day]} {time_texts[time]}"
        for day, time in (divmod(pair, len(time_texts)) for pair in pairs)
    ]
    return codes, texts


def _totals_and_payments(totals: Objects, payments: Objects) -> dict[Column, Values]:
    """Read totals and payments, also where the two have changed places in a row."""
    total, payment = Values.of(totals, fields.total_price), Values.of(payments, fields.payment_type)
    # total "CARD", payment "5.20" -> both are faults; read the other way round, both are values
    if (total.is_bad & payment.is_bad).any():
        swapped_total = Values.of(payments, fields.total_price)
        swapped_payment = Values.of(totals, fields.payment_type)
        is_swapped = ~swapped_total.is_bad & ~swapped_payment.is_bad
        total = total.replaced(is_swapped, swapped_total)
        payment = payment.replaced(is_swapped, swapped_payment)
    return {Column.TOTAL_PRICE: total, Column.PAYMENT_TYPE: payment}


def _are_bad_names(names: Objects) -> Flags:
    """Tell which customers' names have a fault.

    Nearly all columns have none: if every name is short, and empty or begins with a letter, none is read one by one.
    """
    texts = names.tolist()
    are_short = max(map(len, texts), default=0) <= fields.NAME_BYTES
    if are_short and all(not first or first.isalpha() for first in set(map(FIRST_LETTER, texts))):
        return np.zeros(len(names), dtype=np.bool_)
    faults = (fields.customer_fault(name) is not None for name in names)
    return np.fromiter(faults, dtype=np.bool_, count=len(names))


def _are_undecodable(cells: dict[Column, Objects]) -> Flags:
    """Tell which rows contain bytes that are not text in a column that is read."""
    flags = [[UNDECODABLE in text for text in texts] for texts in cells.values()]
    return np.asarray(np.any(np.asarray(flags, dtype=np.bool_), axis=0))
