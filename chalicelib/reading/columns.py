"""The columns of some rows, read: each different text once. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from chalicelib.reading import fields
from chalicelib.reading.csv_rows import UNDECODABLE, Objects, Rows
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import MOMENT_TO_CARD, Column
from chalicelib.reading.layouts import Layout

READ: Final = MOMENT_TO_CARD[:-1]
"""The columns of sales, in the order in which their faults count."""

BAD_TEXT: Final = Fault("", "bad_text", "The line is text neither in UTF-8 nor in Windows-1252.")

FIRST_LETTER: Final = itemgetter(slice(0, 1))

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
Reader = Callable[[str], str | int | Fault]


@dataclass(frozen=True)
class Values:
    """What is read in a column: a code for each row, and for each code a value or a fault."""

    codes: Codes
    read: Objects
    is_bad: Flags
    """For each row."""

    @classmethod
    def of(cls, codes: Codes, texts: Objects, reader: Reader) -> Self:
        """Read each different text."""
        read = np.empty(len(texts), dtype=object)
        read[:] = [reader(text) for text in texts]
        is_fault = np.fromiter((isinstance(value, Fault) for value in read), dtype=np.bool_, count=len(read))
        return cls(codes, read, is_fault[codes])

    @property
    def rows(self) -> Objects:
        """The value, or fault, of each row."""
        return self.read[self.codes]

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The same where values are numbers; 0 for a fault."""
        read = [0 if isinstance(value, Fault) else value for value in self.read]
        return np.array(read, dtype=np.int64)[self.codes]

    def where(self, is_other: Flags, other: Self) -> "Values":
        """Return these values, but in some rows the others."""
        codes = np.where(is_other, other.codes + len(self.read), self.codes)
        return Values(codes, np.concatenate((self.read, other.read)), self.is_bad & ~is_other)


@dataclass(frozen=True)
class Columns:
    """The columns of some rows."""

    values: dict[Column, Values]
    names: Objects
    """The customers'."""
    baskets: Objects
    is_bad: Flags
    """Rows in which something is at fault."""
    is_undecodable: Flags

    def sales(self, numbers: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Return the sales among rows of these line numbers, as `parsing.Chunk` has them."""
        good: Any = ~self.is_bad if self.is_bad.any() else slice(None)
        values = {column: read.rows[good] for column, read in self.values.items()}
        totals = self.values[Column.TOTAL_PRICE].numbers[good]
        return pd.DataFrame(
            {
                "line_number": numbers[good],
                "sold_at": values[Column.SOLD_AT],
                "store_name": values[Column.STORE_NAME],
                "customer_name": self.names[good],
                "basket": self.baskets[good],
                "total_price": totals,
                "payment_type": values[Column.PAYMENT_TYPE],
            },
            copy=False,
        )

    def fault(self, place: int) -> Fault:
        """Return the first fault of a row that has one."""
        if self.is_undecodable[place]:
            return BAD_TEXT
        for column in READ:
            if column is Column.CUSTOMER_NAME and (found := fields.customer_fault(self.names[place])):
                return found
            if column in self.values and self.values[column].is_bad[place]:
                fault: Fault = self.values[column].rows[place]
                return fault
        raise ValueError("the row is not at fault")


def read_columns(rows: Rows, layout: Layout, moment_reader: Reader) -> Columns:
    """Read the columns of rows."""
    cells = {column: rows.cells[place] for place, column in enumerate(layout.columns) if column}
    values = {
        Column.SOLD_AT: Values.of(*_moments(cells), moment_reader),
        Column.STORE_NAME: _values(cells[Column.STORE_NAME], fields.store_name),
    } | _totals_and_payments(cells[Column.TOTAL_PRICE], cells[Column.PAYMENT_TYPE])
    names = cells[Column.CUSTOMER_NAME]
    is_undecodable = np.zeros(len(names), dtype=np.bool_) if rows.is_clean else _are_undecodable(cells)
    is_bad = is_undecodable | _are_bad_names(names) | rows.is_longer
    for read in values.values():
        is_bad = is_bad | read.is_bad
    return Columns(values, names, cells[Column.BASKET], is_bad, is_undecodable)


def _values(cells: Objects, reader: Reader) -> Values:
    codes, texts = pd.factorize(cells)
    return Values.of(codes, texts, reader)


def _moments(cells: dict[Column, Objects]) -> tuple[Codes, Objects]:
    """Return the different moments: of one column, or of a day's and a time's together."""
    if Column.SOLD_AT in cells:
        return pd.factorize(cells[Column.SOLD_AT])
    (days, day_texts), (times, time_texts) = map(
        pd.factorize, (cells[Column.SOLD_ON], cells[Column.SOLD_TIME])
    )
    pairs, codes = np.unique(days * len(time_texts) + times, return_inverse=True)
    texts: Objects = np.empty(len(pairs), dtype=object)
    texts[:] = [
        f"{day_texts[day]} {time_texts[at]}" for day, at in (divmod(pair, len(time_texts)) for pair in pairs)
    ]
    return codes, texts


def _totals_and_payments(totals: Objects, payments: Objects) -> dict[Column, Values]:
    """Read both; where they have changed places, which their values show, they are taken as if they had not."""
    total, payment = _values(totals, fields.total_price), _values(payments, fields.payment_type)
    if (total.is_bad & payment.is_bad).any():
        other_total = _values(payments, fields.total_price)
        other_payment = _values(totals, fields.payment_type)
        is_swapped = ~other_total.is_bad & ~other_payment.is_bad
        total, payment = total.where(is_swapped, other_total), payment.where(is_swapped, other_payment)
    return {Column.TOTAL_PRICE: total, Column.PAYMENT_TYPE: payment}


def _are_bad_names(names: Objects) -> Flags:
    """Tell which customers' names are at fault; all are looked at if one begins unlike a name, or is long."""
    texts = names.tolist()
    are_short = max(map(len, texts), default=0) <= fields.NAME_BYTES
    if are_short and all(begin.isalpha() for begin in set(map(FIRST_LETTER, texts))):
        return np.zeros(len(names), dtype=np.bool_)
    faults = (fields.customer_fault(name) is not None for name in names)
    return np.fromiter(faults, dtype=np.bool_, count=len(names))


def _are_undecodable(cells: dict[Column, Objects]) -> Flags:
    """Tell which rows hold bytes that are no letters; those of a card do not matter."""
    looked_at = [texts for column, texts in cells.items() if column is not Column.CARD_NUMBER]
    found = [[UNDECODABLE in text for text in texts] for texts in looked_at]
    return np.asarray(np.any(np.asarray(found, dtype=np.bool_), axis=0))
