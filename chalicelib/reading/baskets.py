"""Baskets, split into single items. Pure."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from chalicelib.reading.fields import Fault, pounds
from chalicelib.reading.formats import Column
from chalicelib.reading.items import Item, read_item
from chalicelib.reading.pieces import Codes, Integers, any_piece, cut, with_triples

COLUMNS: Final = pd.Index(["line_number", "item_number", "item"])

Number = TypeVar("Number", bound=np.generic)

LEAST_HIDDEN: Final = 100_000
"""Pence from which no sentence quotes an amount of a file."""

NO_ITEM: Final = Item("", "", "", 0)
"""Stands in the catalogue in place of an item with a fault."""


@dataclass(frozen=True)
class Baskets:
    """The items of some sales. As menus are short, each item is a place in a catalogue of the different items.

    `items` has line_number, item_number (from 1) and item (a place in `catalogue`), in the order of the sales;
    `faults` says by line number why the other sales are rejected.
    """

    items: pd.DataFrame
    catalogue: list[Item]
    faults: dict[int, Fault]

    @cached_property
    def starts(self) -> Integers:
        """The place in `items` at which each sale's items begin."""
        return np.flatnonzero(self.items["item_number"].to_numpy() == 1)

    @property
    def items_of_sales(self) -> list[Item]:
        """The different items of the sales. The catalogue also has those of baskets with a fault."""
        return [self.catalogue[place] for place in pd.unique(self.items["item"]).tolist()]

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return each sale's sum of its items' values; `values` has one value for each place in the catalogue.

        Prices in pence give the totals; `sale_keys` sums digests in the same way.
        """
        sums: npt.NDArray[Number] = np.add.reduceat(values[self.items["item"].to_numpy()], self.starts)
        return sums


def split(sales: pd.DataFrame) -> Baskets:
    """Split the baskets of sales, which are those of a `Chunk`; each total has to be the sum of its items.

    Only the base format and triples are read, as in archive copies; `written_baskets` reads others, too.
    """
    return checked(sales, read(sales))


def read(sales: pd.DataFrame) -> Baskets:
    """Read the items of baskets without comparing totals. A bad item is `NO_ITEM`, and the fault of its basket."""
    if sales.empty:
        return Baskets(pd.DataFrame(columns=COLUMNS, dtype=np.int64), [], {})
    pieces = cut(sales["basket"].tolist())
    readings = [read_item(text) for text in pieces.texts]
    is_fault = np.fromiter(
        (isinstance(item, Fault) for item in readings), dtype=np.bool_, count=len(readings)
    )
    if is_fault.any():
        # Stores that write an item as three pieces are rare: only baskets that cannot be read otherwise are tried so.
        is_bad = any_piece(pieces.baskets, is_fault[pieces.codes], len(sales))
        pieces, readings = with_triples(pieces, readings, is_bad)
    line_numbers = sales["line_number"].to_numpy(dtype=np.int64)
    items = item_rows(line_numbers, pieces.baskets, pieces.codes)
    catalogue = [item if isinstance(item, Item) else NO_ITEM for item in readings]
    return Baskets(items, catalogue, _bad_items(items, readings))


def checked(sales: pd.DataFrame, baskets: Baskets) -> Baskets:
    """Return the baskets of sales without those that have a fault, which may be that a total is not the sum."""
    if sales.empty:
        return baskets
    # A basket with a bad item cannot have the right total: only the item's fault is reported.
    faults = _bad_totals(sales, baskets) | baskets.faults
    if not faults:
        return baskets
    return Baskets(baskets.items[~baskets.items["line_number"].isin(faults)], baskets.catalogue, faults)


def item_rows(line_numbers: Integers, basket_of: Integers, codes: Codes) -> pd.DataFrame:
    """Return `Baskets.items` from each sale's line, and each item's basket (a place among the sales) and code."""
    # baskets [0, 0, 1] -> starts [0, 2] -> item numbers [1, 2, 3] - [0, 0, 2] = [1, 2, 1]
    starts = np.flatnonzero(np.diff(basket_of, prepend=-1))
    item_numbers = np.arange(1, len(codes) + 1) - starts[basket_of]
    return pd.DataFrame(
        np.stack((line_numbers[basket_of], item_numbers, codes)).T, columns=COLUMNS, copy=False
    )


def _bad_items(items: pd.DataFrame, readings: list[Item | Fault]) -> dict[int, Fault]:
    """Return the first fault of each basket that has one, by line number."""
    faults = {place: item for place, item in enumerate(readings) if isinstance(item, Fault)}
    if not faults:
        return {}
    bad = items[items["item"].isin(faults)].drop_duplicates("line_number")
    return dict(zip(bad["line_number"].tolist(), map(faults.__getitem__, bad["item"].tolist()), strict=True))


def _bad_totals(sales: pd.DataFrame, baskets: Baskets) -> dict[int, Fault]:
    """Return a fault for each sale whose total is not the sum of its items, by line number."""
    sums = baskets.sums(np.array([item.unit_price for item in baskets.catalogue], dtype=np.int64))
    totals = sales["total_price"].to_numpy(dtype=np.int64)
    line_numbers = sales["line_number"].tolist()
    return {
        line_numbers[at]: _mismatch(int(totals[at]), int(sums[at])) for at in np.flatnonzero(sums != totals)
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
