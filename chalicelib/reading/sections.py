"""The headers in a file's head, each with the rows below it. Pure."""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from chalicelib.reading.cell_tables import LETTER, is_filled
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.headers import FEWEST_HEADINGS, PART_OF_A_SALE, Header, has_part_of_a_sale, is_header
from chalicelib.reading.layouts import Layout
from chalicelib.reading.votes import FEW_ROWS, VALUE_TESTS, elected, is_payment, is_sale

Rows = Sequence[Sequence[str]]

FEWEST_COLUMNS: Final = 2
"""The fewest cells that show by their values that a row is a sale, or that rows belong to a header."""

MORE_HEADINGS: Final = 2
"""The number of headings more than cells that a header may have whose words are not known: cells may be left out."""

CARD: Final = re.compile(r"(?:[A-Za-z -]{1,20},\s*)?[0-9Xx*][0-9Xx*. -]{2,}[0-9](?:[Ee]\+[0-9]+)?", re.ASCII)
"""`5494000000000000`, `visa,5494000000000000`, `xxxx-xxxx-xxxx-0000`, `5.494E+15`, or the last four digits."""

BELONGING_TESTS: Final[Mapping[Column, Callable[[str], bool]]] = {
    **VALUE_TESTS,
    # A date without a time is one, too: the time may be in a column that the header leaves open.
    Column.SOLD_AT: lambda text: any(
        VALUE_TESTS[column](text) for column in (Column.SOLD_AT, Column.SOLD_ON)
    ),
    Column.BASKET: lambda text: bool(LETTER.search(text)) and any(map(str.isdigit, text)),
}


class Section(NamedTuple):
    """A header, its place among the rows of the head, and the rows below it, up to the next header."""

    place: int
    header: Header
    rows: Rows


def sections_of(rows: Rows, formats: tuple[Format, ...]) -> list[Section]:
    """Return the headers among the rows of a file's head, each with its rows."""
    # Nearly all rows are sales, most of which show that in their first cell.
    others = [place for place, row in enumerate(rows) if not has_part_of_a_sale(row[:1])]
    headers = {place: Header.of(rows[place], formats) for place in others if is_header(rows[place], formats)}
    # An iterator, since most files need the first one alone; below, it goes on from the second.
    likely_sales = islice((place for place, row in enumerate(rows) if _is_like_sale(row)), FEW_ROWS)
    first_sale = next(likely_sales, None)
    # Words of a small table may stand between a header of which little is known and its sales.
    if first_sale is not None or not headers:
        place = _unknown_header(rows, first_sale, headers)
        if place is None and not any(_reads_sale(header, rows) for header in headers.values()):
            place = _header_below_odd_rows(rows, likely_sales, headers, formats)
        headers |= {} if place is None else {place: Header.of(rows[place], formats)}
    places = sorted(headers)
    return [
        _section(place, headers[place], rows[place + 1 : end], formats)
        for place, end in zip(places, [*places[1:], len(rows)], strict=False)
    ]


def _section(place: int, header: Header, rows: Rows, formats: tuple[Format, ...]) -> Section:
    """Return a header and its rows. If the rows have cards in one more column, the header gets an empty heading."""
    width = len(header.row)
    cells = [cell for row in rows if len(row) == width + 1 and is_filled(cell := row[width].strip())]
    card_count = sum(map(bool, map(CARD.fullmatch, cells)))
    if Column.CARD_NUMBER not in header.columns and 2 * card_count > len(cells):
        header = Header.of([*header.row, ""], formats)
    return Section(place, header, rows)


def _is_like_sale(row: Sequence[str]) -> bool:
    return sum(map(bool, map(PART_OF_A_SALE.search, row))) >= FEWEST_COLUMNS


def _reads_sale(header: Header, rows: Rows) -> bool:
    layout = header.layout()
    return bool(layout and any(is_sale(row, layout.columns) for row in rows))


def _unknown_header(rows: Rows, first_sale: int | None, known_places: Container[int]) -> int | None:
    """Return the place of a header few of whose headings are known: the last row of words above the first sale.

    A title above the sales has fewer cells than they have. A row gone wrong has a cell that occurs below it, too; but
    a row that comes again in full is a repeated header.
    """
    if first_sale is None:
        return 0 if _may_be_header(rows[0], fewest=FEWEST_HEADINGS) else None
    # The card may have no heading.
    fewest = max(FEWEST_HEADINGS, len(_filled(rows[first_sale])) - 1)
    for place in reversed(range(first_sale)):
        if place not in known_places and _may_be_header(rows[place], fewest):
            others = [row for row in rows[first_sale:] if row != rows[place]]
            return None if any(_have_common_cell(rows[place], row) for row in others) else place
    return None


def _header_below_odd_rows(
    rows: Rows, later_sales: Iterable[int], known_places: Container[int], formats: tuple[Format, ...]
) -> int | None:
    """Return the place of a header few of whose headings are known, if the rows above it only look like sales.

    `later_sales` are the places of the other rows that look like sales, in order.
    """
    # `Leeds,5,22.60`, a row of a small table, may stand above the header.
    for first_sale in later_sales:
        above = rows[:first_sale]
        by_values = elected(above, formats)
        if by_values and any(is_sale(row, by_values.columns) for row in above):
            return None
        if (place := _unknown_header(rows, first_sale, known_places)) is not None:
            return place
    return None


def _may_be_header(row: Sequence[str], fewest: int) -> bool:
    filled = _filled(row)
    return len(filled) >= fewest and all(map(LETTER.search, filled)) and not has_part_of_a_sale(row)


def _filled(row: Sequence[str]) -> list[str]:
    return [cell for cell in row if cell.strip()]


def _have_common_cell(row: Sequence[str], row_below: Sequence[str]) -> bool:
    """Tell whether two rows have the same text in one column. `Card` does not count: it is a heading or a payment."""
    pairs = zip(row, row_below, strict=False)
    return any(
        cell.strip() and cell.strip() == cell_below.strip() and not is_payment(cell)
        for cell, cell_below in pairs
    )


def belongs(section: Section) -> bool:
    """Tell whether the rows below a header are sales in its columns, by the values of most of them.

    If not, it heads something else, such as a small table above the sales. A header few of whose headings are known was
    found by the rows below it.
    """
    header, rows = section.header, section.rows
    # Sales have dates: below the heading for them, or anywhere if there is none.
    at = [place for place, column in enumerate(header.columns) if column in {Column.SOLD_AT, Column.SOLD_ON}]
    dated_count = sum(
        any(map(BELONGING_TESTS[Column.SOLD_AT], [*row, ""][at[0] : at[0] + 1] if at else row))
        for row in rows
    )
    if 2 * dated_count <= len(rows):
        return False
    if not header.is_known:
        return 2 * sum(len(header.row) <= len(row) + MORE_HEADINGS for row in rows) > len(rows)
    tests = [
        (place, BELONGING_TESTS[column])
        for place, column in enumerate(header.columns)
        if column and column in BELONGING_TESTS
    ]
    counts = [sum(place < len(row) and test(row[place]) for row in rows) for place, test in tests]
    # The right number of cells is a sign, too.
    counts.append(sum(len(row) == len(header.row) for row in rows))
    right = sum(2 * count > len(rows) for count in counts)
    return right >= FEWEST_COLUMNS and 2 * right > len(tests)


def may_move_names(header: Header, layout: Layout) -> bool:
    """Tell whether rows below a header may have a customer's name where this layout has the store.

    It may be so if a heading for either stands in another place, and if neither heading is known.
    """
    names = (Column.STORE_NAME, Column.CUSTOMER_NAME)
    places = [(header.columns.index(name), layout.places(name)) for name in names if name in header.columns]
    return not places or any([place] != layout_places for place, layout_places in places)
