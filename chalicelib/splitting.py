"""Baskets, split into single items. Pure."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from chalicelib import fields
from chalicelib.fields import MEMORY, Fault, pounds
from chalicelib.formats import SIZES, Column

COLUMNS: Final = pd.Index(["line_number", "item_number", "item"])
DASH: Final = " - "
PARTS: Final = (2, 3)
"""Name and price, or name, flavour and price."""


Integers = npt.NDArray[np.intp]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Item:
    """What a basket holds. Size and flavour are empty where there is none; the price is in pence."""

    product_name: str
    size: str
    flavour_name: str
    unit_price: int

    @cached_property
    def text(self) -> str:
        """The item as the base format writes it, with two decimals."""
        name = f"{self.size} {self.product_name}".lstrip()
        return DASH.join(filter(None, [name, self.flavour_name, pounds(self.unit_price)]))


NO_ITEM: Final = Item("", "", "", 0)
"""Stands in the catalogue for what could not be read."""


@dataclass(frozen=True)
class Baskets:
    """The items of some sales. Menus are short: an item is told by its place in the catalogue.

    `items` has line_number, item_number (from 1) and item (a place in `catalogue`), in the order of the sales;
    `faults` says by line number why the other sales are refused.
    """

    items: pd.DataFrame
    catalogue: list[Item]
    faults: dict[int, Fault]

    @cached_property
    def starts(self) -> Integers:
        """Where each sale's items begin."""
        return np.flatnonzero(self.items["item_number"].to_numpy() == 1)

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return the sum over each sale's items of a value for each place in the catalogue."""
        sums: npt.NDArray[Number] = np.add.reduceat(values[self.items["item"].to_numpy()], self.starts)
        return sums


def split(sales: pd.DataFrame) -> Baskets:
    """Split the baskets of sales, as `parsing.read` gives them; their totals have to be their items' sums."""
    pieces = [basket.split(",") for basket in sales["basket"]]
    counts = list(map(len, pieces))
    texts: npt.NDArray[np.object_] = np.array(list(chain.from_iterable(pieces)), dtype=object)
    codes, distinct = pd.factorize(texts)
    lines = np.repeat(sales["line_number"].to_numpy(dtype=np.int64), counts)
    numbers = np.arange(1, len(codes) + 1) - np.repeat(np.cumsum(counts) - counts, counts)
    items = pd.DataFrame(np.stack((lines, numbers, codes)).T, columns=COLUMNS, copy=False)
    read = [read_item(text) for text in distinct]
    catalogue = [item if isinstance(item, Item) else NO_ITEM for item in read]
    found = Baskets(items, catalogue, {})
    faults = _bad_totals(sales, found) | _bad_items(items, read)
    return Baskets(items[~items["line_number"].isin(faults)], catalogue, faults) if faults else found


def _bad_items(items: pd.DataFrame, read: list[Item | Fault]) -> dict[int, Fault]:
    """Return the first fault of each basket that has one."""
    faults = {place: item for place, item in enumerate(read) if isinstance(item, Fault)}
    if not faults:
        return {}
    bad = items[items["item"].isin(faults)].drop_duplicates("line_number")
    return dict(zip(bad["line_number"].tolist(), map(faults.__getitem__, bad["item"].tolist()), strict=True))


def _bad_totals(sales: pd.DataFrame, found: Baskets) -> dict[int, Fault]:
    if sales.empty:
        return {}
    sums = found.sums(np.array([item.unit_price for item in found.catalogue], dtype=np.int64))
    totals = sales["total_price"].to_numpy(dtype=np.int64)
    numbers = sales["line_number"].tolist()
    return {numbers[at]: _mismatch(int(totals[at]), int(sums[at])) for at in np.flatnonzero(sums != totals)}


def _mismatch(total: int, items: int) -> Fault:
    sentence = f"The total is {pounds(total)}, but the items add up to {pounds(items)}."
    return Fault(Column.TOTAL_PRICE, "total_mismatch", sentence)


def _fault(reason: str, sentence: str) -> Fault:
    return Fault(Column.BASKET, reason, sentence)


@lru_cache(MEMORY)
def read_item(text: str) -> Item | Fault:
    """Read an item such as `Regular Flavoured latte - Hazelnut - 2.55`; nothing is guessed or repaired."""
    if not text.strip():
        return _fault("missing_item", "The basket is empty, or an item between two commas is missing.")
    *parts, price_text = (part.strip() for part in text.split(DASH))
    price = fields.pence(price_text)
    if price is None or not parts:
        return _fault(
            "missing_price", "An item has no price, or its price is not an amount in pounds such as 2.45."
        )
    if len(parts) + 1 not in PARTS:
        return _fault("ambiguous_item", "An item has more parts than name, flavour and price.")
    if any(_begins_with_price(part) for part in parts[1:]):
        return _fault("missing_comma", "A comma between two items is missing.")
    return _item(parts[0], parts[1] if len(parts) > 1 else "", price)


def _begins_with_price(part: str) -> bool:
    """`Large Latte - 2.45 Cookie - 1.25`: a price where a flavour would stand."""
    return fields.pence((part.split() or [""])[0]) is not None


def _item(name: str, flavour: str, price: int) -> Item | Fault:
    first, _, rest = name.partition(" ")
    size, product = (first, rest.lstrip()) if first in SIZES else ("", name)
    product, flavour = " ".join(product.split()), " ".join(flavour.split())
    if not product:
        return _fault("missing_product", "An item has no product name.")
    if not fields.fits(product) or not fields.fits(flavour):
        return _fault("bad_product", f"An item's name is not a name of up to {fields.NAME_BYTES} letters.")
    return Item(product, size, flavour, price)
