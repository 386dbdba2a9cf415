"""The columns of the store and of the customers, inferred from the values in them. Pure.

Both are just text, and a name must never be published as a store. So a column is the store only if it has one value,
and no other column could be it, or if the file's name says that value.
"""

from collections.abc import Callable
from typing import Final

from chalicelib.normalisation import store_key
from chalicelib.reading import heading_words, votes
from chalicelib.reading.cell_tables import LETTER, Table, changed, open_places
from chalicelib.reading.formats import Column
from chalicelib.reading.headers import has_part_of_a_sale
from chalicelib.reading.layouts import ColumnOrder

NamesStore = Callable[[str], bool]
"""Tells whether the file's name says a store."""

MANY_ROWS: Final = 20
"""In so many rows, one store sells to different customers."""


def with_store(columns: ColumnOrder, sales: Table, names_store: NamesStore) -> ColumnOrder:
    """Return the columns with that of the store.

    Here the column has one value in the sales of the head; `ingest` refuses the file if the sales below have another.
    """
    if Column.STORE_NAME in columns:
        return columns
    texts = _text_places(columns, sales)
    # -> {1: "leeds"}: the columns with one store in all rows
    constants = {
        place: keys.pop()
        for place in texts
        if len(keys := set(map(store_key, sales.cells[place]))) == 1 and all(keys)
    }
    named = [place for place, key in constants.items() if names_store(key)]
    candidates = named if len(named) == 1 else list(constants)
    if len(candidates) != 1 or heading_words.may_be_person(sales.headings[candidates[0]]):
        return columns
    [place] = candidates
    is_sure = named or Column.CUSTOMER_NAME in columns or _speaks_of_store(sales.headings[place])
    others = [len(set(sales.cells[text_place])) for text_place in texts if text_place != place]
    has_many_customers = sales.row_count >= MANY_ROWS and 2 * max(others, default=0) > sales.row_count
    return changed(columns, {place: Column.STORE_NAME}) if is_sure or has_many_customers else columns


def _speaks_of_store(heading: str) -> bool:
    return bool(heading_words.STORE & heading_words.words(heading))


def is_storeless(columns: ColumnOrder, sales: Table) -> bool:
    """Tell whether no column can be the store's: any text that is left is headed as the customers'."""
    headings = [sales.headings[place] for place in _text_places(columns, sales)]
    customers = [heading for heading in headings if heading_words.CUSTOMER & heading_words.words(heading)]
    return (
        Column.STORE_NAME not in columns
        # `store_no` has no text, but may tell several stores apart.
        and not any(_speaks_of_store(sales.headings[place]) for place in open_places(columns))
        and headings == customers
        and (Column.CUSTOMER_NAME in columns or len(customers) <= 1)
    )


def with_customer(columns: ColumnOrder, sales: Table, *, lacks_store: bool) -> tuple[ColumnOrder, bool]:
    """Return the columns with that of the customers, and whether a column may be theirs that was not taken."""
    texts = _text_places(columns, sales)
    has_store = Column.STORE_NAME in columns or lacks_store
    if Column.CUSTOMER_NAME in columns or not has_store or not texts:
        return columns, False
    by_word = [
        place for place in texts if heading_words.CUSTOMER & heading_words.words(sales.headings[place])
    ]
    candidates = by_word or [place for place in texts if not _speaks_of_store(sales.headings[place])]
    if not candidates:
        return columns, False
    # A text that is the same in all rows says hardly who bought something, unless its heading does.
    is_sure = by_word or sales.row_count == 1 or len(set(sales.cells[candidates[0]])) > 1
    if len(candidates) > 1 or not is_sure:
        return columns, True
    return changed(columns, {candidates[0]: Column.CUSTOMER_NAME}), False


def _text_places(columns: ColumnOrder, sales: Table) -> list[int]:
    """Return the places of columns that may be a store's or a customer's: text that is nothing else."""
    return [
        place
        for place in open_places(columns)
        if sales.are_mostly(place, LETTER.search)
        and not sales.are_mostly(place, votes.is_payment)
        and not sales.are_mostly(place, lambda cell: has_part_of_a_sale([cell]))
        and not heading_words.is_never_read(sales.headings[place])
    ]
