"""The rows of an archive copy, staged again: the same sales, items and refused rows as ingest staged."""

from typing import TextIO

import pandas as pd

from chalicelib.errors import DamagedPartError
from chalicelib.ingest.staging import ARCHIVE_COLUMNS, Staging
from chalicelib.reading.baskets import split
from chalicelib.reading.fields import Fault

CHUNK_ROWS = 50_000
SALE_COLUMNS = ["line_number", "sold_at", "store_name", "payment_type", "total_price", "basket"]


def restage(text: TextIO, staging: Staging) -> None:
    """Stage a copy; raise `DamagedPartError` if it is not what ingest wrote."""
    try:
        with pd.read_csv(text, dtype=str, na_filter=False, chunksize=CHUNK_ROWS) as chunks:
            for rows in chunks:
                _restage(rows, staging)
    except (ValueError, KeyError) as exc:  # pandas' errors are ValueErrors; they quote rows
        raise DamagedPartError(f"An archive copy is damaged ({type(exc).__name__}).") from None


def _restage(rows: pd.DataFrame, staging: Staging) -> None:
    if tuple(rows.columns) != ARCHIVE_COLUMNS:
        raise DamagedPartError("An archive copy has other columns than ingest writes.")
    is_sale = rows["sold_at"] != ""
    sales = rows[is_sale].astype(object)
    sales["line_number"] = pd.Series(map(int, sales["line_number"]), sales.index, dtype=object)
    sales["total_price"] = pd.Series(map(_pence, sales["total_price"]), sales.index, dtype=object)
    baskets = split(sales[SALE_COLUMNS])
    if baskets.faults:
        raise DamagedPartError("An archive copy has a basket that cannot be split.")
    staging.write(sales[SALE_COLUMNS], sales["customer_hash"].tolist(), baskets)
    staging.reject(_faults(rows[~is_sale]))


def _pence(pounds: str) -> int:
    return int(pounds.replace(".", ""))


def _faults(rows: pd.DataFrame) -> dict[int, Fault]:
    columns = (rows[name] for name in ("line_number", "column_name", "reason", "sentence"))
    return {
        int(line): Fault(column, reason, sentence)
        for line, column, reason, sentence in zip(*columns, strict=True)
    }
