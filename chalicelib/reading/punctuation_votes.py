"""The signs of a file, for which the rows of its head vote, as they do for its layout. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from chalicelib.reading.csv_blocks import Block
from chalicelib.reading.decimal_commas import amount_with_point, row_with_points
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.head_rows import head_rows
from chalicelib.reading.headers import FEWEST_HEADINGS, is_header
from chalicelib.reading.punctuation import COMMAS, SEPARATORS, Punctuation, is_declaration
from chalicelib.reading.votes import FEW_ROWS, VALUE_TESTS, VERY_FEW_ROWS

Rows = Sequence[Sequence[str]]

FEW_COLUMNS: Final = 2
"""If a sign other than the comma separates the columns, `csv` finds no more than this many of them."""

MANY_SEPARATORS: Final = 3
FEW_SEPARATORS: Final = 2
"""The number of separators in one line, or in all lines, of a file that they separate."""

SIGNS: Final = frozenset(SEPARATORS)

KINDS: Final = (
    (Column.SOLD_AT, Column.SOLD_ON),
    (Column.TOTAL_PRICE,),
    (Column.PAYMENT_TYPE,),
)
"""A sale has a value of each of these kinds in a column of its own, if it is cut at the right sign."""
FEWEST_KINDS: Final = 2

MOST_CELLS: Final = 100
"""The first cells of a row, in which its values are sought."""

AMOUNTS: Final = tuple(
    (
        # The whole cell: `4,60`, `£1.003,90`, `4,6000000000000005`; fewer digits than a card has
        re.compile(
            rf"[^0-9.,]{{0,8}}(?:[0-9]{{1,3}}(?:[{groups} \u00a0\u202f][0-9]{{3}}){{1,2}}|[0-9]{{0,8}}){sign}"
            r"(?:[0-9]{1,2}|[0-9]{6,20})[^0-9.,]{0,8}"
        ),
        # Within a basket: `Regular Latte - 2,15`
        re.compile(rf" - [^0-9.,]{{0,4}}[0-9]{{1,8}}{sign}[0-9]{{1,2}}(?![0-9])"),
    )
    for sign, groups in ((",", "."), (r"\.", ","))
)
"""Amounts that can be read in one way only, with a decimal comma and with a decimal point."""


def elected(head: Block, formats: tuple[Format, ...]) -> tuple[Punctuation, list[list[str]]]:
    """Return the signs for which a file's head votes, and its rows, their amounts with decimal points."""
    rows = head_rows(head)
    # Most files have none of the other signs, or hardly any: they take no time here.
    separators = [sign for sign in SEPARATORS if _may_separate(sign, head)]
    if not separators or not rows or _are_cut_well(rows[:VERY_FEW_ROWS], formats):
        return COMMAS, rows
    rows_of = {",": rows} | {sign: head_rows(head.with_punctuation(Punctuation(sign))) for sign in separators}
    separator = _separator(rows_of, formats)
    if separator == ",":
        return COMMAS, rows
    rows = rows_of[separator]
    if not _has_decimal_commas(rows):
        return Punctuation(separator), rows
    return Punctuation(separator, has_decimal_commas=True), list(map(row_with_points, rows))


def _may_separate(sign: str, head: Block) -> bool:
    return sign.encode() in head.content and any(line.count(sign) >= FEW_SEPARATORS for line in head.lines)


def _are_cut_well(rows: Rows, formats: tuple[Format, ...]) -> bool:
    """Tell whether each row is a header, or has values of all kinds: then no other cut is tried."""
    return all(_votes(row, formats) == len(KINDS) for row in rows)


def _separator(rows_of: dict[str, list[list[str]]], formats: tuple[Format, ...]) -> str:
    """Return the sign at which most of the first rows, else of all, can be cut; the comma if others are no better."""
    for part in (slice(FEW_ROWS), slice(FEW_ROWS, None)):
        counts = {sign: sum(_votes(row, formats) for row in rows[part]) for sign, rows in rows_of.items()}
        if most := max(counts.values()):
            return next(sign for sign, count in counts.items() if count == most)
    # None of the rows is a sale, or a header with known headings: the cut decides which sentence refuses the file.
    return next((sign for sign in rows_of if sign != "," and _cuts_better(sign, rows_of[","])), ",")


def _votes(row: Sequence[str], formats: tuple[Format, ...]) -> int:
    """Return how many kinds of values a row has, as whole cells."""
    # "25/08/2021 09:00;Leeds;Jo Bloggs;Tea - 1,20;1,20;CASH;" -> 3 if cut at the semicolons, 0 at the commas
    if is_declaration(row) or is_header(row, formats):
        return FEWEST_HEADINGS
    # `13/03/2015 07:08;Leeds` would count as a date: no value has one of these signs in it.
    cells = [amount_with_point(cell) for cell in row[:MOST_CELLS] if SIGNS.isdisjoint(cell)]
    kinds = sum(any(any(map(VALUE_TESTS[column], cells)) for column in kind) for kind in KINDS)
    return kinds if kinds >= FEWEST_KINDS else 0


def _cuts_better(separator: str, rows: Rows) -> bool:
    """Tell whether a sign occurs in rows, which were cut at commas, as if it separated their columns."""
    if any(len(row) > FEW_COLUMNS and not row[0].count(separator) for row in rows):
        return False
    counts = [sum(cell.count(separator) for cell in row) for row in rows]
    return max(counts) >= MANY_SEPARATORS or min(counts) >= FEW_SEPARATORS


def _has_decimal_commas(rows: Rows) -> bool:
    """Tell whether amounts have decimal commas: whole cells show it; the items only where no cell does."""
    cells = [cell for row in rows for cell in row]
    (comma, comma_in_basket), (point, point_in_basket) = AMOUNTS
    for with_comma, with_point in (
        (comma.fullmatch, point.fullmatch),
        (comma_in_basket.search, point_in_basket.search),
    ):
        commas, points = (sum(map(bool, map(is_so, cells))) for is_so in (with_comma, with_point))
        # A time of day may be written like 9.05: as many commas as points decide for commas.
        if commas or points:
            return commas >= points
    return False
