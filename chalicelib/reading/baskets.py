"""Baskets, split into single items. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from chalicelib.reading.fields import Fault, pounds
from chalicelib.reading.formats import Column
from chalicelib.reading.items import Item, read_item
from chalicelib.reading.pieces import Integers, any_piece, cut, with_triples
from chalicelib.reading.sales import Sales

Number = TypeVar("Number", bound=np.generic)

LEAST_HIDDEN: Final = 100_000
"""Pence from which no sentence quotes an amount of a file."""

NO_ITEM: Final = Item("", "", "", 0)
"""Stands in the catalogue in place of an item with a fault."""


@dataclass(frozen=True)
class Baskets:
    """The items of some sales, in the order of the lines. As menus are short, each item is a place in a catalogue.

    ["Tea - 1.20, Latte - 2.45", "Tea - 1.20"] -> starts [0, 2], codes [0, 1, 0], catalogue [Tea, Latte]
    """

    line_numbers: Integers
    """The line of each sale."""
    starts: Integers
    """The place in `codes` at which each sale's items begin."""
    codes: Integers
    """The place of each item in the catalogue."""
    catalogue: list[Item]
    """The different items; also those of baskets with a fault."""
    faults: dict[int, Fault]
    """By line number, why the other sales are rejected."""

    @cached_property
    def counts(self) -> Integers:
        """The number of each sale's items."""
        return np.append(self.starts[1:], len(self.codes)) - self.starts

    @property
    def lines_of_items(self) -> list[int]:
        """The line of each item."""
        lines: list[int] = np.repeat(self.line_numbers, self.counts).tolist()
        return lines

    @property
    def numbers_of_items(self) -> list[int]:
        """The number of each item within its basket, from 1."""
        numbers: list[int] = (
            np.arange(1, len(self.codes) + 1) - np.repeat(self.starts, self.counts)
        ).tolist()
        return numbers

    @property
    def items_of_sales(self) -> list[Item]:
        """The different items of the sales, without those of baskets with a fault."""
        return [self.catalogue[code] for code in set(self.codes.tolist())]

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return each sale's sum of its items' values; `values` has one value for each place in the catalogue.

        Prices in pence give the totals; `sale_keys` sums digests in the same way.
        """
        sums: npt.NDArray[Number] = np.add.reduceat(values[self.codes], self.starts)
        return sums

    def lines_with(self, codes: Sequence[int]) -> list[int]:
        """Return the lines of the sales that have any of these items."""
        is_code = np.isin(self.codes, codes)
        lines: list[int] = np.unique(np.repeat(self.line_numbers, self.counts)[is_code]).tolist()
        return lines

    def without(self, lines: Collection[int]) -> "Baskets":
        """Return the baskets without those at these lines."""
        is_kept = ~np.isin(self.line_numbers, list(lines))
        codes, counts = self.codes[np.repeat(is_kept, self.counts)], self.counts[is_kept]
        return replace(self, line_numbers=self.line_numbers[is_kept], starts=starts_of(counts), codes=codes)


def starts_of(counts: Integers) -> Integers:
    """Return the places at which runs of so many items begin: [2, 1, 3] -> [0, 2, 3]."""
    return np.cumsum(counts) - counts


def split(sales: Sales) -> Baskets:
    """Split the baskets of sales, which are those of a `Chunk`; each total has to be the sum of its items.

    Only the base format and triples are read, as in archive copies; `written_baskets` reads others, too.
    """
    return checked(sales, read(sales))


def read(sales: Sales) -> Baskets:
    """Read the items of baskets without comparing totals. A bad item is `NO_ITEM`, and the fault of its basket."""
    pieces = cut(sales["basket"])
    readings = [read_item(text) for text in pieces.texts]
    if any(isinstance(item, Fault) for item in readings):
        # Stores that write an item as three pieces are rare: only baskets that cannot be read otherwise are tried so.
        is_fault = np.array([isinstance(item, Fault) for item in readings])
        is_bad = any_piece(pieces.baskets, is_fault[pieces.codes], len(sales))
        pieces, readings = with_triples(pieces, readings, is_bad)
    line_numbers = np.array(sales["line_number"], dtype=np.int64)
    # Each basket has a piece, and -1 stands before the first: [0, 0, 1] -> baskets begin at 0 and 2
    starts = np.flatnonzero(np.diff(pieces.baskets, prepend=-1))
    catalogue = [item if isinstance(item, Item) else NO_ITEM for item in readings]
    baskets = Baskets(line_numbers, starts, pieces.codes, catalogue, {})
    return replace(baskets, faults=_bad_items(baskets, readings))


def checked(sales: Sales, baskets: Baskets) -> Baskets:
    """Return the baskets of sales without those that have a fault, which may be that a total is not the sum."""
    if not len(sales):
        return baskets
    # A basket with a bad item cannot have the right total: only the item's fault is reported.
    faults = _bad_totals(sales, baskets) | baskets.faults
    return replace(baskets.without(faults), faults=faults) if faults else baskets


def _bad_items(baskets: Baskets, readings: list[Item | Fault]) -> dict[int, Fault]:
    """Return the first fault of each basket that has one, by line number."""
    faults = {code: item for code, item in enumerate(readings) if isinstance(item, Fault)}
    result: dict[int, Fault] = {}
    if faults:
        for line, code in zip(baskets.lines_of_items, baskets.codes.tolist(), strict=True):
            if code in faults:
                result.setdefault(line, faults[code])
    return result


def _bad_totals(sales: Sales, baskets: Baskets) -> dict[int, Fault]:
    """Return a fault for each sale whose total is not the sum of its items, by line number."""
    sums = baskets.sums(np.array([item.unit_price for item in baskets.catalogue], dtype=np.int64)).tolist()
    totals, line_numbers = sales["total_price"], sales["line_number"]
    if sums == totals:
        return {}
    return {
        line: _mismatch(total, of_items)
        for line, total, of_items in zip(line_numbers, totals, sums, strict=True)
        if total != of_items
    }


def _mismatch(total: int, items: int) -> Fault:
    # A larger amount may be part of a card number that stands in the wrong column.
    if max(total, items) >= LEAST_HIDDEN:
        return Fault(
            Column.TOTAL_PRICE,
            "total_mismatch",
            "The total is not the sum of the items, and one of both is 1,000 pounds or more.",
        )
    sentence = f"The total is {pounds(total)}, but the items add up to {pounds(items)}."
    return Fault(Column.TOTAL_PRICE, "total_mismatch", sentence)
