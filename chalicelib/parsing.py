"""A store's file, recognised and read in chunks: text to sales and refused rows. Pure but for reading the stream."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import compress, islice
from operator import not_
from typing import Any, Final, TextIO

import numpy as np
import pandas as pd

from chalicelib import fields
from chalicelib.csv_rows import Rows, leading_rows, rows
from chalicelib.errors import SourceFileError
from chalicelib.fields import Fault
from chalicelib.formats import FORMATS, Column, Format

SAMPLE_LINES: Final = 200
"""Lines at a file's head among which one must look like a sale."""

BLANK: Final = Fault("", "blank", "The row is blank.")
"""No fault at all, but no sale either: such rows are not counted."""

UNREADABLE: Final = Fault(
    "", "open_quote", "A quotation mark in this line is never closed, or a field is far too long."
)


COLUMNS: Final = pd.Index(["line_number", *(column for column in Column if column is not Column.CARD_NUMBER)])


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a file.

    `sales` has line_number, sold_at (ISO text), store_name, customer_name, basket (text), total_price (pence)
    and payment_type; `faults` says by line number why the other rows are refused.
    """

    sales: pd.DataFrame
    faults: dict[int, Fault]


def recognise(text: TextIO) -> Format:
    """Return the format of a file and wind it back; raise `SourceFileError` if it is none of ours."""
    try:
        for row in leading_rows(islice(text, SAMPLE_LINES)):
            for fmt in FORMATS:
                if _is_sale(row, fmt):
                    return fmt
        text.seek(0)
        if not any(map(str.strip, islice(text, SAMPLE_LINES))):
            raise SourceFileError("empty", "The file is empty.")
    finally:
        text.seek(0)
    raise SourceFileError(
        "unrecognised", "The file is not a list of sales: no row at its start has the columns of a sale."
    )


def _is_sale(row: list[str], fmt: Format) -> bool:
    """Tell whether two of time, total and payment can be read: one bad field does not hide a format."""
    if len(row) != len(fmt.columns):
        return False
    values = dict(zip(fmt.columns, row, strict=True))
    telling = (Column.SOLD_AT, Column.TOTAL_PRICE, Column.PAYMENT_TYPE)
    return sum(not isinstance(_readers(fmt)[column](values[column]), Fault) for column in telling) > 1


@cache
def _readers(fmt: Format) -> Mapping[Column, Callable[[str], str | int | Fault]]:
    """Return what reads each column, in the order of `COLUMNS`."""
    return {
        Column.SOLD_AT: fields.time_reader(fmt),
        Column.STORE_NAME: fields.store_name,
        Column.CUSTOMER_NAME: fields.customer_name,
        Column.BASKET: str,
        Column.TOTAL_PRICE: fields.total_price,
        Column.PAYMENT_TYPE: fields.payment_type,
    }


def read(text: Iterable[str], fmt: Format) -> Iterator[Chunk]:
    """Read a file in chunks."""
    for found in rows(text, fmt):
        yield _chunk(found, fmt)


def _chunk(found: Rows, fmt: Format) -> Chunk:
    unreadable = dict.fromkeys(found.unreadable, UNREADABLE)
    found, faults = _misfits(found, len(fmt.columns))
    faults |= unreadable
    columns = zip(*found.rows, strict=True) if found.rows else ([] for _ in fmt.columns)
    texts = dict(zip(fmt.columns, columns, strict=True))
    values: dict[str, list[Any]] = {
        name: list(map(read, texts[name])) for name, read in _readers(fmt).items()
    }
    for column in values.values():
        if Fault in set(map(type, column)):
            faults = _bad_fields(found, column) | faults
    sales = _frame([found.numbers, *values.values()])
    if not faults:
        return Chunk(sales, faults)
    named = {number: fault for number, fault in faults.items() if fault is not BLANK}
    return Chunk(sales[~sales["line_number"].isin(faults)], named)


def _frame(columns: list[list[Any]]) -> pd.DataFrame:
    """Return a frame of objects: in one array, which takes a third of the time of one for each column."""
    values = np.empty((len(columns), len(columns[0])), dtype=object)
    for place, column in enumerate(columns):
        values[place] = column
    return pd.DataFrame(values.T, columns=COLUMNS, dtype=object, copy=False)


def _misfits(found: Rows, width: int) -> tuple[Rows, dict[int, Fault]]:
    """Part the rows of the right width from the others."""
    if set(map(len, found.rows)) <= {width}:
        return found, {}
    fits = [len(row) == width for row in found.rows]
    others = list(map(not_, fits))
    misfits = zip(compress(found.numbers, others), compress(found.rows, others), strict=True)
    fitting = Rows(list(compress(found.numbers, fits)), list(compress(found.rows, fits)))
    return fitting, {number: _misfit(row, width) for number, row in misfits}


def _misfit(row: list[str], width: int) -> Fault:
    if _is_blank(row):
        return BLANK
    return Fault("", "wrong_columns", f"The row has {len(row)} columns where {width} are expected.")


def _bad_fields(found: Rows, column: list[Any]) -> dict[int, Fault]:
    return {
        number: BLANK if _is_blank(row) else value
        for number, row, value in zip(found.numbers, found.rows, column, strict=True)
        if isinstance(value, Fault)
    }


def _is_blank(row: list[str]) -> bool:
    return not any(map(str.strip, row))
