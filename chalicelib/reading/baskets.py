"""Baskets, split into single items. Pure."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from chalicelib.reading import fields
from chalicelib.reading.fields import Fault, pounds
from chalicelib.reading.formats import NAMES, SIZES, Column
from chalicelib.reading.items import Item, guarded, read_item, read_triple

COLUMNS: Final = pd.Index(["line_number", "item_number", "item"])
MARK: Final = "\x1e"
"""Stands before each basket."""

_HARMLESS: Final = str.maketrans({"\n": " ", "\r": " ", MARK: "\a"})
"""A line break is a space; of control characters, which no name may have, one is as bad as another."""

TRIPLE: Final = 3
"""Size, name, price."""

Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

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


@dataclass(frozen=True)
class Pieces:
    """What stands between commas: for each piece its basket and its text, told by a place among the different ones."""

    baskets: Integers
    codes: Codes
    texts: list[str]

    def of(self, is_wanted: Flags) -> "Pieces":
        """Return the pieces of some baskets."""
        is_kept = is_wanted[self.baskets]
        return Pieces(self.baskets[is_kept], self.codes[is_kept], self.texts)


def split(sales: pd.DataFrame) -> Baskets:
    """Split the baskets of sales, as `parsing.read` gives them; their totals have to be their items' sums."""
    if sales.empty:
        return Baskets(pd.DataFrame(columns=COLUMNS, dtype=np.int64), [], {})
    pieces = _pieces(sales["basket"].tolist())
    read = [read_item(text) for text in pieces.texts]
    is_fault = _are_faults(read)
    if is_fault.any():
        is_bad = _any(pieces.baskets, is_fault[pieces.codes], len(sales))
        pieces, read = _with_triples(pieces, read, is_bad)
    return _baskets(sales, pieces, read)


def _pieces(baskets: list[str]) -> Pieces:
    """Cut all baskets at once."""
    joined = f",{MARK}".join(["", *baskets])
    if joined.count(MARK) > len(baskets) or any(letter in joined for letter in "\n\r"):
        joined = f",{MARK}".join(["", *(basket.translate(_HARMLESS) for basket in baskets)])
    if any(name in joined for name in NAMES):
        joined = guarded(joined)
    codes, texts = pd.factorize(np.array(joined[1:].split(","), dtype=object))
    is_first = np.array([text[:1] == MARK for text in texts])
    return Pieces(np.cumsum(is_first[codes]) - 1, codes, [text.removeprefix(MARK) for text in texts])


def _baskets(sales: pd.DataFrame, pieces: Pieces, read: list[Item | Fault]) -> Baskets:
    numbers = sales["line_number"].to_numpy(dtype=np.int64)
    starts = np.flatnonzero(np.diff(pieces.baskets, prepend=-1))
    within = np.arange(1, len(pieces.codes) + 1) - starts[pieces.baskets]
    items = pd.DataFrame(
        np.stack((numbers[pieces.baskets], within, pieces.codes)).T, columns=COLUMNS, copy=False
    )
    catalogue = [item if isinstance(item, Item) else NO_ITEM for item in read]
    found = Baskets(items, catalogue, {})
    faults = _bad_totals(sales, found) | _bad_items(items, read)
    return Baskets(items[~items["line_number"].isin(faults)], catalogue, faults) if faults else found


def _with_triples(
    pieces: Pieces, read: list[Item | Fault], is_bad: Flags
) -> tuple[Pieces, list[Item | Fault]]:
    """Take three pieces for one item in those of the bad baskets in which every third piece is an amount."""
    count = len(is_bad)
    sizes = np.bincount(pieces.baskets, minlength=count)
    found = pieces.of(is_bad & (sizes % TRIPLE == 0))
    prices = [fields.pence(text) for text in pieces.texts]
    is_price = np.array([price is not None for price in prices])
    is_size = np.array([not text.strip() or text.strip() in SIZES for text in pieces.texts])
    codes = found.codes.reshape(-1, TRIPLE)
    of_basket = found.baskets[::TRIPLE]
    is_other = ~(is_size[codes[:, 0]] & is_price[codes[:, 2]])
    is_triples = is_bad & (sizes % TRIPLE == 0) & ~_any(of_basket, is_other, count)
    is_taken = is_triples[of_basket]
    triples, places = np.unique(codes[is_taken], axis=0, return_inverse=True)
    items = [
        read_triple(pieces.texts[size].strip(), pieces.texts[name], prices[price] or 0)
        for size, name, price in triples.tolist()
    ]
    others = pieces.of(~is_triples)
    baskets = np.concatenate((others.baskets, of_basket[is_taken]))
    order = np.argsort(baskets, kind="stable")
    joined = np.concatenate((others.codes, places.reshape(-1) + len(read)))
    return Pieces(baskets[order], joined[order], pieces.texts), [*read, *items]


def _any(baskets: Integers, is_so: Flags, count: int) -> Flags:
    """Tell for each basket whether something is so for any of its pieces."""
    return np.bincount(baskets[is_so], minlength=count) > 0


def _are_faults(read: list[Item | Fault]) -> Flags:
    return np.fromiter((isinstance(item, Fault) for item in read), dtype=np.bool_, count=len(read))


def _bad_items(items: pd.DataFrame, read: list[Item | Fault]) -> dict[int, Fault]:
    """Return the first fault of each basket that has one."""
    faults = {place: item for place, item in enumerate(read) if isinstance(item, Fault)}
    if not faults:
        return {}
    bad = items[items["item"].isin(faults)].drop_duplicates("line_number")
    return dict(zip(bad["line_number"].tolist(), map(faults.__getitem__, bad["item"].tolist()), strict=True))


def _bad_totals(sales: pd.DataFrame, found: Baskets) -> dict[int, Fault]:
    sums = found.sums(np.array([item.unit_price for item in found.catalogue], dtype=np.int64))
    totals = sales["total_price"].to_numpy(dtype=np.int64)
    numbers = sales["line_number"].tolist()
    return {numbers[at]: _mismatch(int(totals[at]), int(sums[at])) for at in np.flatnonzero(sums != totals)}


def _mismatch(total: int, items: int) -> Fault:
    sentence = f"The total is {pounds(total)}, but the items add up to {pounds(items)}."
    return Fault(Column.TOTAL_PRICE, "total_mismatch", sentence)
