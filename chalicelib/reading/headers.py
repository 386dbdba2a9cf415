"""The layout that a header's words show. Pure."""

import csv
from collections.abc import Sequence
from functools import cache
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.formats import SYNONYMS, Column, Format
from chalicelib.reading.layouts import Layout

HALVES: Final = frozenset({Column.SOLD_ON, Column.SOLD_TIME})

FEWEST_HEADINGS: Final = 3
"""A row with this many known headings is a header."""


def header_layout(row: Sequence[str], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout that a header shows; None if the row is not a header.

    Raise `SourceFileError` if it is a header that lacks a needed column or has a column twice. The sentence never
    quotes an unknown heading: a row that looks like a header may be a damaged sale.
    """
    columns_of = _columns_by_heading(formats)
    headings = tuple(map(comparable, row))
    if sum(heading in columns_of for heading in headings) < FEWEST_HEADINGS:
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
