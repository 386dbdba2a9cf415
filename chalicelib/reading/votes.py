"""Which columns the values of a file's first rows show: each row that can be read votes. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from chalicelib.reading import dates, fields, timestamps
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.layouts import ColumnOrder, Layout, is_blank

FEW_ROWS: Final = 20
"""The number of rows that vote first. Only if none of them can be read do all rows of the head vote."""

VERY_FEW_ROWS: Final = 5
"""If all of these can be read in one order of columns, no more rows vote."""

PAID: Final = frozenset({Column.TOTAL_PRICE, Column.PAYMENT_TYPE})

MOST_ORDERS: Final = 64
"""The number of orders of columns that are remembered."""


def is_total(text: str) -> bool:
    """Tell whether a text is a total."""
    return not isinstance(fields.total_price(text), Fault)


def is_payment(text: str) -> bool:
    """Tell whether a text is a payment."""
    return not isinstance(fields.payment_type(text), Fault)


VALUE_TESTS: Final[Mapping[Column, Callable[[str], bool]]] = {
    Column.TOTAL_PRICE: is_total,
    Column.PAYMENT_TYPE: is_payment,
    Column.SOLD_TIME: timestamps.is_time,
    Column.SOLD_ON: dates.is_day,
    Column.SOLD_AT: timestamps.is_timestamp,
}
"""Tell whether a text is a value of a column, for the columns whose values look like no other's; the fastest first."""


def elected(rows: Sequence[Sequence[str]], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout without a header for which the rows vote; None if no row can be read in any format."""
    # Formats may have the same columns: then the first one gives its name.
    names = {fmt.columns: fmt.name for fmt in reversed(formats) if not fmt.header or fmt.is_header_optional}
    orders = [fmt.columns for fmt in formats if names.get(fmt.columns) == fmt.name]
    for columns in orders:
        if rows and all(is_in_order(row, columns) for row in rows[:VERY_FEW_ROWS]):
            return Layout(names[columns], columns, has_header=False)
    for voters in (rows[:FEW_ROWS], rows[FEW_ROWS:]):
        # Rows that begin with their number vote for the same columns after it: the kind with more votes counts.
        count, first, columns = max(
            (
                (_votes(cells, columns), first, columns)
                for first, cells in (((), voters), ((None,), without_numbers(voters)))
                for columns in orders
            ),
            key=itemgetter(0),
            default=(0, (), ()),
        )
        if count:
            return Layout(names[columns], (*first, *columns), has_header=False)
    return None


def without_numbers(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the rows that begin with their number in a table, without it: `0,25/08/2021 09:00,Leeds,…`."""
    return [row[1:] for row in rows if row[0].strip().isdecimal()]


def votes(rows: Sequence[Sequence[str]], columns: ColumnOrder) -> int:
    """Return how many values of the rows can be read in these columns: of the first rows, else of all."""
    return _votes(rows[:FEW_ROWS], columns) or _votes(rows[FEW_ROWS:], columns)


def _votes(rows: Sequence[Sequence[str]], columns: ColumnOrder) -> int:
    return sum(readable_values(row, columns) for row in rows)


def readable_values(row: Sequence[str], columns: ColumnOrder) -> int:
    """Count the values of a row that can be read in these columns; 0 if more than one of them cannot.

    One bad value does not hide the columns: `25/08/2021 09:00,Leeds,Jo Bloggs,Tea - 1.20,1.20,CHEQUE,` is still a row
    of the base format, to be rejected for its payment. Total and payment may change places, which counts a little less.
    """
    fewest, tests = _shape(columns)
    if not _is_of_width(row, fewest, len(columns)):
        return 0
    unreadable = [column for column, place in tests if not VALUE_TESTS[column](row[place])]
    is_swapped = set(unreadable) >= PAID and is_total(row[columns.index(Column.PAYMENT_TYPE)])
    is_swapped = is_swapped and is_payment(row[columns.index(Column.TOTAL_PRICE)])
    unreadable_count = len(unreadable) - (len(PAID) if is_swapped else 0)
    return len(tests) - unreadable_count - is_swapped if unreadable_count <= 1 else 0


def is_sale(row: Sequence[str], columns: ColumnOrder) -> bool:
    """Tell whether all values of a row can be read in these columns; total and payment may have changed places."""
    return is_in_order(row, columns) or is_in_order(row, _swapped(columns))


def is_in_order(row: Sequence[str], columns: ColumnOrder) -> bool:
    """Tell whether all values of a row can be read in these columns, and none in another one's place."""
    fewest, tests = _shape(columns)
    if not _is_of_width(row, fewest, len(columns)):
        return False
    for column, place in tests:  # noqa: SIM110 - `all` would take twice as long, and most rows fail the first test
        if not VALUE_TESTS[column](row[place]):
            return False
    return True


def _is_of_width(row: Sequence[str], fewest: int, width: int) -> bool:
    """Tell whether a row lacks no column, and has no text after the last one."""
    return len(row) >= fewest and (len(row) <= width or is_blank(row[width:]))


@lru_cache(MOST_ORDERS)
def _swapped(columns: ColumnOrder) -> ColumnOrder:
    """Return the columns with total and payment in each other's place."""
    swaps = {Column.TOTAL_PRICE: Column.PAYMENT_TYPE, Column.PAYMENT_TYPE: Column.TOTAL_PRICE}
    return tuple(swaps.get(column, column) if column else None for column in columns)


@lru_cache(MOST_ORDERS)
def _shape(columns: ColumnOrder) -> tuple[int, list[tuple[Column, int]]]:
    """Return the fewest cells of a row with these columns, and the places of those whose values can be tested."""
    # The cells after the last needed column may be left out.
    places = [(column, place) for place, column in enumerate(columns) if column]
    tests = [(column, place) for tested in VALUE_TESTS for column, place in places if column is tested]
    needed = [place + 1 for column, place in places if column.is_needed or column in VALUE_TESTS]
    return max(needed, default=0), tests
