"""Rows without a header and without a column for the store, told by their values and by baskets that add up. Pure.

The column that such rows have for names must not be a store's, and one that has the store must not be a customer's.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from chalicelib.normalisation import store_key
from chalicelib.reading.basket_sums import adding_up
from chalicelib.reading.cell_tables import changed
from chalicelib.reading.file_stores import StoreHints
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.layouts import Layout
from chalicelib.reading.votes import FEW_ROWS, VERY_FEW_ROWS, elected, is_in_order, is_sale, without_numbers

Rows = Sequence[Sequence[str]]


def storeless_layout(
    rows: Rows, formats: tuple[Format, ...], by_values: Layout | None, hints: StoreHints
) -> Layout | None:
    """Return the layout of rows that lack the store; None if they do not.

    `by_values` is the layout in which they have it, if there is one. More baskets have to add up without the store than
    in that one. Raise `SourceFileError` if the key does not say one store.
    """
    lacking = _without_store(formats)
    # Hardly any file has a row that fits: then no basket is read.
    few = rows
    if by_values:
        first = rows[:VERY_FEW_ROWS]
        is_clear = all(is_in_order(row, by_values.columns) for row in first)
        few = first if is_clear else rows[:FEW_ROWS]
    if not any(is_sale(row, fmt.columns) for row in (*few, *without_numbers(few)) for fmt in lacking):
        return None
    layout = elected(rows, lacking)
    most = adding_up(rows, by_values.columns) if by_values else 0
    if layout is None or adding_up(rows, layout.columns) <= most:
        return None
    # A key that does not say one store costs no row that has its own.
    return _with_store(layout, rows, hints) if len(hints.stores) == 1 or not most else None


def has_stores_for_names(layout: Layout, rows: Rows, hints: StoreHints) -> bool:
    """Tell whether most customers of a file that lacks the store are known stores: then the customers are missing."""
    names = _names(rows, layout)
    return 2 * sum(map(hints.known_keys.__contains__, names)) > len(names)


def _with_store(layout: Layout, rows: Rows, hints: StoreHints) -> Layout | None:
    """Return a layout without the store with the one that the key says; None if its column of names has stores."""
    names = _names(rows, layout)
    if names and set(names) == {store_key(store.name) for store in hints.stores}:
        # It is the customer's name that is missing: `25/08/2021 09:00,Leeds,Tea - 1.20,1.20,CASH,` in `leeds.csv`.
        [place] = layout.places(Column.CUSTOMER_NAME)
        columns = changed(layout.columns, {place: Column.STORE_NAME})
        return replace(layout, columns=columns, inferred=frozenset({Column.STORE_NAME}))
    return None if has_stores_for_names(layout, rows, hints) else replace(layout, store=hints.store())


@cache
def _without_store(formats: tuple[Format, ...]) -> tuple[Format, ...]:
    """Return the formats that need no header, without their column for the store."""
    return tuple(
        Format(fmt.name, tuple(column for column in fmt.columns if column is not Column.STORE_NAME))
        for fmt in formats
        if not fmt.header or fmt.is_header_optional
    )


def _names(rows: Rows, layout: Layout) -> list[str]:
    """Return the keys of the customers' names in rows that are sales."""
    sales = [row for row in rows if is_sale(row, layout.columns)]
    return [
        key
        for place in layout.places(Column.CUSTOMER_NAME)
        for row in sales
        if place < len(row) and (key := store_key(row[place]))
    ]
