"""A header below the first rows of a file: it may move the columns, but it may also be something else. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.formats import Format
from chalicelib.reading.headers import Header, has_part_of_a_sale, is_header
from chalicelib.reading.heading_words import comparable_row
from chalicelib.reading.layouts import Layout
from chalicelib.reading.sections import Section, belongs, may_move_names
from chalicelib.reading.votes import is_sale, votes

MOST_HEADERS_IN_A_ROW: Final = 3
"""The headers right below another one that are passed to find its rows; an enemy may write a header in each line."""


def is_would_be_header(row: Sequence[str], first: Layout, formats: tuple[Format, ...]) -> bool:
    """Tell whether a row that is no sale looks like a header, or is the first one again, even of unknown headings."""
    return is_header(row, formats) or (_is_header_of(first, row) and not has_part_of_a_sale(row))


def later_layout(
    row: Sequence[str],
    rows_below: Iterable[Sequence[str]],
    layouts: Sequence[Layout],
    formats: tuple[Format, ...],
) -> Layout | None:
    """Return the layout that a later header shows, above some of the rows below it; None if it is to be rejected.

    Raise `SourceFileError` if its rows may have a customer's name where the layout in force has the store.
    """
    first, current = layouts[0], layouts[-1]
    header = Header.of(row, formats)
    if _is_header_of(first, row):
        return first
    layout = header.layout()
    if layout and layout.is_like(current):
        return layout
    below = iter(rows_below)
    rows = _up_to_header(below, first, formats)
    if layout is None:
        # Rows that cannot be read as sales are rejected anyhow: those of a summary below the sales, say.
        are_sales = votes(rows, current.columns) > 0
        if are_sales and may_move_names(header, current) and belongs(Section(0, header, rows)):
            raise SourceFileError(
                "unknown_header",
                "A header below the first rows has no known heading for the store or the customer's name.",
            )
        return None
    # A small table among the sales, whose headings are those of a sale, does not change how the sales are read. If it
    # has no rows, those below the next header count: two tables in a row would else change it.
    more = (_up_to_header(below, first, formats) for _ in range(MOST_HEADERS_IN_A_ROW))
    rows = rows or next(filter(None, more), [])
    return layout if _readable(rows, layout) >= _readable(rows, current) else None


def _up_to_header(
    rows: Iterator[Sequence[str]], first: Layout, formats: tuple[Format, ...]
) -> list[Sequence[str]]:
    """Return the rows above the next header, which is taken from the iterator as well."""
    return list(takewhile(lambda row: not is_would_be_header(row, first, formats), rows))


def _readable(rows: Sequence[Sequence[str]], layout: Layout) -> tuple[int, int]:
    """Count the rows that can be read in a layout, and the values of those with at most one fault."""
    return sum(is_sale(row, layout.columns) for row in rows), votes(rows, layout.columns)


def _is_header_of(layout: Layout, row: Sequence[str]) -> bool:
    return bool(layout.headings) and layout.headings == comparable_row(row)
