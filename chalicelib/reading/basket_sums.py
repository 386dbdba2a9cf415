"""Baskets whose items add up to their totals: they show which columns a file has. Pure."""

from collections.abc import Sequence
from typing import Final

from chalicelib.reading import fields, votes, written_baskets
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import Column
from chalicelib.reading.layouts import ColumnOrder
from chalicelib.reading.sales import Sales

COMPARED: Final = (Column.BASKET, Column.TOTAL_PRICE, Column.PAYMENT_TYPE)


def adding_up(rows: Sequence[Sequence[str]], columns: ColumnOrder) -> int:
    """Count the rows that are sales in these columns, and whose items add up to their total."""
    sales = [row for row in rows if votes.is_sale(row, columns)]
    # Of an inferred layout, any of them may be missing: its row is a sale by the values that it has.
    if not sales or any(column not in columns for column in COMPARED):
        return 0
    basket, total, payment = map(columns.index, COMPARED)
    # Total and payment may change places in any row.
    totals = [row[total] if votes.is_total(row[total]) else row[payment] for row in sales]
    return count_matches([row[basket] for row in sales], totals)


def count_matches(basket_texts: Sequence[str], total_texts: Sequence[str]) -> int:
    """Count the rows in which the items of the basket add up to the total."""
    totals = map(fields.total_price, total_texts)
    amounts = [
        (text, total)
        for text, total in zip(basket_texts, totals, strict=True)
        if not isinstance(total, Fault)
    ]
    texts, pence = [text for text, _ in amounts], [total for _, total in amounts]
    return len(amounts) - len(written_baskets.split_written(_sales(texts, pence)).faults)


def has_baskets(texts: Sequence[str]) -> bool:
    """Tell whether a text of a column is a basket that can be read, whatever its total."""
    faults = written_baskets.split_written(_sales(texts, [0] * len(texts))).faults.values()
    return len(faults) < len(texts) or any(fault.column == Column.TOTAL_PRICE for fault in faults)


def _sales(basket_texts: Sequence[str], totals: Sequence[int]) -> Sales:
    lines = range(len(basket_texts))
    return Sales({"line_number": [*lines], "basket": [*basket_texts], "total_price": [*totals]})
