"""Amounts with a decimal comma, rewritten with a decimal point: `4,60`, `1.003,90`, `Regular Latte - 2,15`. Pure."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chalicelib.reading.csv_rows import Rows
from chalicelib.reading.formats import Column
from chalicelib.reading.layouts import Layout

GROUPS: Final = r"[0-9]{1,3}(?:[. \u00a0\u202f][0-9]{3}){1,2}"
"""Pounds in groups of three digits: `1.003`, `1 003`."""
THOUSANDS: Final = r"[0-9]{1,3}(?:\.[0-9]{3}){1,2}"
"""Pounds in groups without any pence: in a file with decimal commas, `1.500` are fifteen hundred pounds."""

AMOUNT: Final = re.compile(
    # Few letters may stand around an amount: `£4,60`, `4,60 GBP`, `-4,60`; behind a card's number E+15.
    rf"(?P<before>[^0-9.,]{{0,8}})(?P<whole>{GROUPS}|[0-9]{{0,16}}(?=,)|{THOUSANDS})(?:,(?P<decimals>[0-9]{{0,20}}))?"
    r"(?P<after>(?:[Ee]\+[0-9]{1,2})?[^0-9.,]{0,8})"
)
"""A text that is nothing but an amount, another number, or a day as Excel's serial number: `44280,375`."""

PRICE: Final = re.compile(
    rf"(?<![\w.])(?:(?P<whole>{GROUPS}|[0-9]{{1,8}}|(?<=[ £])),(?P<decimals>[0-9]{{1,20}})|(?P<thousands>{THOUSANDS}))"
    # What stands behind an item: `2,7 Seeds Loaf - 1,20`, after a price of two pounds, is no price of 2.70.
    r"(?=[ \u00a0]{0,3}(?:GBP|Â?£)?[ \u00a0]{0,3}(?:[,;|\r\n\"'\])}\u201d\u2019]|$))"
)
"""The price at an item's end, or of a triple."""

NOT_A_DIGIT: Final = re.compile("[^0-9]")


def amount_with_point(text: str) -> str:
    """Return an amount with a decimal point; any other text as it is."""
    # "1.003,90" -> "1003.90"; "£4,60" -> "£4.60"; "1.500" -> "1500"; "4.60" stays, since it can be nothing else
    match = AMOUNT.fullmatch(text)
    if match is None:
        return text
    before, whole, decimals, after = match.group("before", "whole", "decimals", "after")
    if not whole and not decimals:
        return text
    point = "" if decimals is None else f".{decimals}"
    return f"{before}{NOT_A_DIGIT.sub('', whole)}{point}{after}"


def basket_with_points(text: str) -> str:
    """Return a basket whose prices have a decimal point; all else in it stays as it is."""
    # "Large Latte - 2,45, Tea - 1,20" -> "Large Latte - 2.45, Tea - 1.20"
    return PRICE.sub(_price_with_point, text)


def _price_with_point(price: re.Match[str]) -> str:
    if thousands := price["thousands"]:
        return NOT_A_DIGIT.sub("", thousands)
    return f"{NOT_A_DIGIT.sub('', price['whole'])}.{price['decimals']}"


def row_with_points(row: list[str]) -> list[str]:
    """Return a row of a file whose columns are not known yet; its texts are to be recognised, and not to be kept."""
    return [basket_with_points(amount_with_point(cell)) for cell in row]


WRITERS: Final[dict[Column, Callable[[str], str]]] = {
    Column.SOLD_AT: amount_with_point,
    Column.SOLD_TIME: amount_with_point,
    Column.BASKET: basket_with_points,
    Column.TOTAL_PRICE: amount_with_point,
    # Total and payment may change places in any row.
    Column.PAYMENT_TYPE: amount_with_point,
}


def with_points(rows: Rows, layout: Layout) -> Rows:
    """Return rows whose amounts have decimal points. Names stay as they are."""
    cells = [
        list(map(WRITERS[column], texts)) if column in WRITERS else texts
        for column, texts in zip(layout.columns, rows.cells, strict=True)
    ]
    whole_row = rows.whole_row
    return replace(rows, cells=cells, whole_row=lambda place: row_with_points(whole_row(place)))
