"""The layout that a header's words show. Pure."""

import csv
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.formats import SYNONYMS, Column, Format
from chalicelib.reading.layouts import Layout

HALVES: Final = frozenset({Column.SOLD_ON, Column.SOLD_TIME})

FEWEST_HEADINGS: Final = 3
"""A row with this many known headings is a header, if no cell of it has a part of a sale."""

PART_OF_A_SALE: Final = re.compile(
    # 25/08/2021, 2021-08-25, 25.8.21 | 09:00 | 2.45 | 54940
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}|[0-9]:[0-9]|[0-9]\.[0-9]|[0-9]{5}"
)
"""Stands in no heading, but in a header whose end ran into a sale: `timestamp,branch,…,2021-08-25 09:01:00,Leeds,…`."""


def header_layout(row: Sequence[str], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout that a header shows; None if the row is not a header.

    Raise `SourceFileError` if it is a header that lacks a needed column or has a column twice. The sentence never
    quotes an unknown heading: a row that looks like a header may be a damaged sale.
    """
    columns_of = _columns_by_heading(formats)
    headings = tuple(map(comparable, row))
    if sum(heading in columns_of for heading in headings) < FEWEST_HEADINGS or has_part_of_a_sale(row):
        return None
    columns = _chosen([columns_of.get(heading, frozenset()) for heading in headings])
    for column in Column:
        count = columns.count(column)
        has_halves = column is Column.SOLD_AT and set(columns) >= HALVES
        # A heading that is not known may stand for the customers: only a header without one lacks them.
        is_needed = column.is_needed or (column is Column.CUSTOMER_NAME and None in columns)
        if is_needed and not count and not has_halves:
            raise SourceFileError(
                "unknown_header", f"The header has no known heading for the {column.words}."
            )
    for column in Column:
        if columns.count(column) > 1:
            raise SourceFileError("unknown_header", f"The header has two headings for the {column.words}.")
    return Layout(_format_name(headings, formats), tuple(columns), has_header=True)


def has_part_of_a_sale(row: Sequence[str]) -> bool:
    """Tell whether a cell of a row has a date, a time of day, a price or a long number, as no heading has."""
    return any(map(PART_OF_A_SALE.search, row))


def comparable(heading: str) -> str:
    """Return a heading's letters and digits, case folded: `Customer Name` and `customer_name` are the same."""
    return "".join(filter(str.isalnum, heading.casefold()))


def _headings(header: str) -> tuple[str, ...]:
    return tuple(map(comparable, next(csv.reader([header]), [])))


@cache
def _columns_by_heading(formats: tuple[Format, ...]) -> dict[str, frozenset[Column]]:
    """Return the columns that each known heading may stand for."""
    # -> {"date": {SOLD_AT, SOLD_ON}, "branch": {STORE_NAME}, "orders": {BASKET}, …}
    result: dict[str, set[Column]] = {}
    for fmt in formats:
        for heading, column in zip(_headings(fmt.header), fmt.columns, strict=False):
            if column:
                result.setdefault(heading, set()).add(column)
    for column, headings in SYNONYMS.items():
        for heading in map(comparable, headings):
            result.setdefault(heading, set()).add(column)
    return {heading: frozenset(columns) for heading, columns in result.items()}


def _chosen(candidates: list[frozenset[Column]]) -> list[Column | None]:
    """Choose a column for each heading; None where several remain, or none.

    `date` and `time` may each stand for the whole timestamp or for a half of it. Where a header has both, they are
    the halves; where it has one, that is the timestamp.
    """
    # "date", "time" -> {SOLD_AT, SOLD_ON}, {SOLD_AT, SOLD_TIME} -> SOLD_ON, SOLD_TIME; "date" alone -> SOLD_AT
    halves = {half for columns in candidates for half in columns & HALVES}
    excluded = frozenset({Column.SOLD_AT}) if halves == HALVES else HALVES
    chosen = [columns - excluded if len(columns) > 1 else columns for columns in candidates]
    return [next(iter(columns)) if len(columns) == 1 else None for columns in chosen]


def _format_name(headings: tuple[str, ...], formats: tuple[Format, ...]) -> str:
    names = (fmt.name for fmt in formats if set(_headings(fmt.header)) == set(headings))
    return next(names, "other headings")
