"""A row of headings, and the columns that its words show. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

from chalicelib.reading.formats import SYNONYMS, Column, Format, Use
from chalicelib.reading.heading_words import comparable, comparable_row
from chalicelib.reading.layouts import ColumnOrder, Layout

HALVES: Final = frozenset({Column.SOLD_ON, Column.SOLD_TIME})

FEWEST_HEADINGS: Final = 3
"""A row with this many known headings is a header, if no cell of it has a part of a sale."""

PART_OF_A_SALE: Final = re.compile(
    # 25/08/2021, 2021-08-25, 25.8.21 | 09:00 | 2.45 | 54940 | £3
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}|[0-9]:[0-9]|[0-9]\.[0-9]|[0-9]{5}|^\W*[0-9]+\W*$"
)
"""Stands in no heading, but in a header whose end ran into a sale: `timestamp,branch,…,2021-08-25 09:01:00,Leeds,…`."""

UNKNOWN_LAYOUT: Final = "other headings"
"""The name of a layout whose header is that of no format."""


@dataclass(frozen=True)
class Header:
    """A row that may be a header, and the columns that its headings stand for."""

    row: Sequence[str]
    columns: ColumnOrder
    """None for a heading that is unknown or can mean several columns."""
    known_count: int
    name: str

    @classmethod
    def of(cls, row: Sequence[str], formats: tuple[Format, ...]) -> Self:
        """Read the headings of a row."""
        columns_of = _columns_by_heading(formats)
        headings = tuple(map(comparable, row))
        columns = _chosen([columns_of.get(heading, frozenset()) for heading in headings])
        known_count = sum(map(columns_of.__contains__, headings))
        return cls(row, tuple(columns), known_count, _format_name(headings, formats))

    @property
    def is_known(self) -> bool:
        """Whether enough of the headings are known."""
        return self.known_count >= FEWEST_HEADINGS

    @property
    def repeated(self) -> list[Column]:
        """The columns that several headings stand for; those that are never read do not matter."""
        read = (column for column in Column if column.use is not Use.DROPPED)
        return [column for column in read if self.columns.count(column) > 1]

    @property
    def may_lack_customers(self) -> bool:
        """Whether a heading that is not known may stand for the customers. Only a header without one lacks them."""
        return Column.CUSTOMER_NAME not in self.columns and None in self.columns

    def layout(self) -> Layout | None:
        """Return the layout that the headings alone show; None if they leave a column open, or have it twice."""
        if missing(self.columns) or self.repeated or self.may_lack_customers:
            return None
        return self.layout_of(self.columns)

    def layout_of(self, columns: ColumnOrder, inferred: frozenset[Column] = frozenset()) -> Layout:
        """Return the layout of these columns, some of which are inferred from values."""
        headings = comparable_row(self.row)
        return Layout(self.name, columns, has_header=True, headings=headings, inferred=inferred)


def missing(columns: ColumnOrder) -> list[Column]:
    """Return the columns that a sale needs and a file lacks; a day and a time stand for a timestamp."""
    has_halves = set(columns) >= HALVES
    return [
        column
        for column in Column
        if column.is_needed and column not in columns and not (column is Column.SOLD_AT and has_halves)
    ]


def is_header(row: Sequence[str], formats: tuple[Format, ...]) -> bool:
    """Tell whether enough headings of a row are known, and no cell has a part of a sale."""
    if has_part_of_a_sale(row):
        return False
    known = map(_columns_by_heading(formats).__contains__, map(comparable, row))
    return sum(known) >= FEWEST_HEADINGS


def has_part_of_a_sale(row: Sequence[str]) -> bool:
    """Tell whether a cell of a row has a date, a time of day, a price or a number, as no heading has."""
    return any(map(PART_OF_A_SALE.search, row))


@cache
def _columns_by_heading(formats: tuple[Format, ...]) -> dict[str, frozenset[Column]]:
    """Return the columns that each known heading may stand for."""
    # -> {"date": {SOLD_AT, SOLD_ON}, "branch": {STORE_NAME}, "orders": {BASKET}, …}
    result: dict[str, set[Column]] = {}
    for fmt in formats:
        for heading, column in zip(fmt.headings, fmt.columns, strict=False):
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
    return _names_by_headings(formats).get(frozenset(headings), UNKNOWN_LAYOUT)


@cache
def _names_by_headings(formats: tuple[Format, ...]) -> dict[frozenset[str], str]:
    return {frozenset(fmt.headings): fmt.name for fmt in reversed(formats)}
