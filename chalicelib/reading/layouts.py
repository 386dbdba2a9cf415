"""The layout of a file: the places of its columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.reading.file_stores import FileStore
from chalicelib.reading.formats import Column, Use

ColumnOrder = tuple[Column | None, ...]
"""The columns of a file from left to right; None for one that is not read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, and what showed them."""

    name: str
    """The format's name; `other headings` if a header mixes the words of several formats."""
    columns: ColumnOrder
    has_header: bool
    headings: tuple[str, ...] = ()
    """The headings as they are compared; empty without a header."""
    inferred: frozenset[Column] = frozenset()
    """The columns that no heading named, but the values under one showed."""
    store: FileStore | None = None
    """The store of all sales, as the file's key says it, if the file has no column for it."""

    def __str__(self) -> str:
        """Return it in words for people."""
        columns = ", ".join(
            _in_words(column) + (" (inferred)" if column in self.inferred else "") for column in self.columns
        )
        store = f"; store {self.store.name}, as the file's {self.store.place} says" if self.store else ""
        return f"{self.name} {'with' if self.has_header else 'without'} a header; columns {columns}{store}"

    def places(self, *columns: Column) -> list[int]:
        """Return the places of columns; those that the file lacks are left out."""
        return [self.columns.index(column) for column in columns if column in self.columns]

    @property
    def timestamp_places(self) -> list[int]:
        """The places of the date and time: one place, or that of the day and that of the time."""
        return self.places(Column.SOLD_AT) or self.places(Column.SOLD_ON, Column.SOLD_TIME)

    def is_like(self, layout: "Layout") -> bool:
        """Tell whether both have the same columns in the same places; total and payment count as the same."""
        return list(map(_either, self.columns)) == list(map(_either, layout.columns))


def is_blank(row: Sequence[str]) -> bool:
    """Tell whether a row contains nothing but spaces."""
    return not any(map(str.strip, row))


def _in_words(column: Column | None) -> str:
    if column is None:
        return "not read"
    return f"{column.words} (dropped)" if column.use is Use.DROPPED else column.words


def _either(column: Column | None) -> Column | None:
    """Return the same column for total and payment, since they may change places in any row."""
    return Column.TOTAL_PRICE if column is Column.PAYMENT_TYPE else column
