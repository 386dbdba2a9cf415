"""Some sales of a file, column by column. Pure."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any


@dataclass(frozen=True, slots=True)
class Sales:
    """A list of values for each column by its name, with one value for each sale, in the order of the lines.

    Lists, since a day's file has a few hundred sales: a data frame would take longer to make than they to be read.
    """

    columns: Mapping[str, list[Any]]

    def __getitem__(self, column: str) -> list[Any]:
        return self.columns[column]

    def __len__(self) -> int:
        return len(self["line_number"])

    def part(self, start: int, end: int | None = None) -> "Sales":
        """Return the sales from one place up to another."""
        return Sales({name: values[start:end] for name, values in self.columns.items()})

    def selected(self, is_selected: Iterable[bool]) -> "Sales":
        """Return the sales for which a list of flags has a true one."""
        flags = list(is_selected)
        return Sales({name: list(compress(values, flags)) for name, values in self.columns.items()})

    def without(self, lines: Container[int]) -> "Sales":
        """Return the sales that are not at these lines."""
        return self.selected(line not in lines for line in self["line_number"])
