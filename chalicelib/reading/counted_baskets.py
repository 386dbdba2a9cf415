"""Baskets in which an item stands once, with a count. Pure."""

from dataclasses import replace
from itertools import chain
from typing import Final

import numpy as np

from chalicelib.reading.baskets import Baskets, starts_of
from chalicelib.reading.fields import Fault
from chalicelib.reading.item_counts import may_have_count, with_counts
from chalicelib.reading.items import Item
from chalicelib.reading.sales import Sales

MOST_ITEMS: Final = 2**18
"""The most items that counts may add to baskets that are read at once."""


class TooManyItemsError(Exception):
    """Counts such as `99x` make so many items of some baskets that these have to be read in portions."""


def counted(sales: Sales, baskets: Baskets) -> Baskets:
    """Return baskets in which each item stands as often as its count says; a count that does not fit is a fault.

    `baskets` are those of the sales, their totals not compared yet. Raise `TooManyItemsError` if there is more than one
    sale, and counts add too many items.
    """
    odd = {code for code, item in enumerate(baskets.catalogue) if may_have_count(item)}
    if not odd:
        return baskets
    catalogue, faults, codes = _Catalogue(baskets.catalogue), dict(baskets.faults), _codes(baskets)
    # [["2x Latte", "Tea"], ["Tea"]] -> [["Latte", "Latte", "Tea"], ["Tea"]]
    added = 0
    for place, (line, total) in enumerate(zip(sales["line_number"], sales["total_price"], strict=True)):
        if line not in faults and not odd.isdisjoint(codes[place]):
            items = with_counts([catalogue.items[code] for code in codes[place]], total)
            if isinstance(items, Fault):
                faults[line] = items
            else:
                added += len(items) - len(codes[place])
                codes[place] = list(map(catalogue.code, items))
        if added > MOST_ITEMS and len(sales) > 1:
            raise TooManyItemsError
    return replace(
        baskets,
        starts=starts_of(np.array(list(map(len, codes)), dtype=np.int64)),
        codes=np.fromiter(chain.from_iterable(codes), dtype=np.int64),
        catalogue=catalogue.items,
        faults=faults,
    )


class _Catalogue:
    """The different items of some baskets, which grow."""

    def __init__(self, items: list[Item]) -> None:
        self.items = list(items)
        self._codes = {item: code for code, item in enumerate(items)}

    def code(self, item: Item) -> int:
        """Return the place of an item, which is added if it is new."""
        if item not in self._codes:
            self._codes[item] = len(self.items)
            self.items.append(item)
        return self._codes[item]


def _codes(baskets: Baskets) -> list[list[int]]:
    """Return the places of each basket's items in the catalogue."""
    return [codes.tolist() for codes in np.split(baskets.codes, baskets.starts[1:])]
