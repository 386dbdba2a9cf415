"""An archive copy, staged again: the same sales, items and rejections as `ingest` staged.

A copy is read by the names in its header. A copy of an older schema lacks the columns that came later: these are then
empty if they are text, else null, and never 0.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TextIO

import pandas as pd

from chalicelib.errors import DamagedPartError
from chalicelib.ingest.part_files import NULL
from chalicelib.ingest.staging import Staging
from chalicelib.parts import ARCHIVE, BASKET, LINE_NUMBER, REJECTION, SALE, PartColumn
from chalicelib.reading.baskets import split
from chalicelib.reading.fields import Fault
from chalicelib.reading.sales import Sales

CHUNK_ROWS: Final = 50_000


def restage(text: TextIO, staging: Staging) -> None:
    """Stage a copy; raise `DamagedPartError` if it is not as `ingest` wrote it."""
    try:
        with pd.read_csv(text, dtype=str, na_filter=False, chunksize=CHUNK_ROWS) as chunks:
            for rows in chunks:
                _restage(_completed(rows), staging)
    except (ValueError, KeyError) as exc:  # pandas' errors are ValueErrors; their messages quote rows
        raise DamagedPartError(f"An archive copy is damaged ({type(exc).__name__}).") from None


def _completed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with all of today's columns: those that came after the copy was written are empty, or None."""
    names = set(rows.columns)
    missing = [column for column in ARCHIVE.columns if column.name not in names]
    if not names <= set(ARCHIVE.column_names) or any(column.is_original for column in missing):
        raise DamagedPartError("An archive copy has different columns from those that ingest writes.")
    return rows.assign(**{column.name: "" if column.kind == "varchar" else None for column in missing})


def _restage(rows: pd.DataFrame, staging: Staging) -> None:
    is_sale = rows["sold_at"] != ""
    columns = {
        column.name: rows.loc[is_sale, column.name].tolist() for column in (LINE_NUMBER, *SALE, BASKET)
    }
    for column in (LINE_NUMBER, *SALE):
        if column.kind in READERS or not column.is_original:
            columns[column.name] = [_value(column, field) for field in columns[column.name]]
    sales = Sales(columns)
    baskets = split(sales)
    if baskets.faults:
        raise DamagedPartError("An archive copy contains a basket that cannot be split.")
    staging.write(sales, sales["customer_hash"], baskets)
    staging.reject(_faults(rows[~is_sale]))


def _value(column: PartColumn, field: str | None) -> Any:
    """Return the value of a field, as `ingest` has it: amounts are pence."""
    if field is None or (not column.is_original and field == NULL):
        return None
    return READERS.get(column.kind, str)(field)


def _pence(pounds: str) -> int:
    return int(pounds.replace(".", ""))


READERS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {"bigint": int, "integer": int, "numeric": _pence}
)
"""The function that turns a field into a value, by the kind of its column; other kinds stay text."""


def _faults(rows: pd.DataFrame) -> dict[int, Fault]:
    columns = (rows[column.name] for column in (LINE_NUMBER, *REJECTION))
    return {
        int(line): Fault(column, reason, sentence)
        for line, column, reason, sentence in zip(*columns, strict=True)
    }
