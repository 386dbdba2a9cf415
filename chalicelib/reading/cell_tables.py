"""The cells below a header, column by column, and the columns that they may be. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from chalicelib.reading.formats import Column
from chalicelib.reading.headers import Header
from chalicelib.reading.layouts import ColumnOrder

LETTER: Final = re.compile(r"[^\W\d_]")
NOTHING: Final = frozenset({"", "-", "n/a", "nan", "none", "null"})
"""Cells that stand for no value, case folded."""


def is_filled(cell: str) -> bool:
    """Tell whether a cell stands for a value."""
    return cell.strip().casefold() not in NOTHING


def open_places(columns: ColumnOrder) -> list[int]:
    """Return the places of the columns that nothing shows yet."""
    return [place for place, column in enumerate(columns) if column is None]


def changed(columns: ColumnOrder, changes: Mapping[int, Column]) -> ColumnOrder:
    """Return the columns with those that are shown at some places."""
    return tuple(changes.get(place, column) for place, column in enumerate(columns))


class Table:
    """The cells below a header, by their place."""

    def __init__(self, header: Header, rows: Sequence[Sequence[str]]) -> None:
        self.headings = header.row
        self.row_count = len(rows)
        self.cells = list(zip(*rows, strict=True)) if rows else [()] * len(header.row)

    def filled(self, place: int) -> list[str]:
        """Return the cells of a column that stand for a value."""
        return list(filter(is_filled, self.cells[place]))

    def are_mostly(self, place: int, test: Callable[[str], object]) -> bool:
        """Tell whether most cells of a column that stand for a value pass a test."""
        filled = self.filled(place)
        return 2 * sum(map(bool, map(test, filled))) > len(filled)

    def best(self, places: Iterable[int], test: Callable[[str], object]) -> int | None:
        """Return the column in which most cells pass a test: in most rows, and more than in any other column."""
        counts = {place: sum(map(bool, map(test, self.cells[place]))) for place in places}
        return best_place(counts, self.row_count)


def best_place(counts: Mapping[int, int], row_count: int) -> int | None:
    """Return the place with the greatest count: more than half of the rows, and more than any other place has."""
    most = max(counts.values(), default=0)
    places = [place for place, count in counts.items() if count == most]
    return places[0] if len(places) == 1 and 2 * most > row_count else None
