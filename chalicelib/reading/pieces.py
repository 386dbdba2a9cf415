"""Pieces: the texts between the commas of baskets. In some stores' files three pieces are one item. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.reading.amounts import plain_pence
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import NAMES, SIZES
from chalicelib.reading.items import Item, guarded, read_triple

MARK: Final = "\x1e"
"""Stands before the first piece of each basket."""

_HARMLESS: Final = str.maketrans({"\n": " ", "\r": " ", MARK: "\a"})
"""A line break becomes a space, and the mark another control character: no name may contain either."""

NAME_BEGINNINGS: Final = tuple("".join(name.partition(",")[:2]) for name in NAMES)
"""How each known name with a comma or a dash begins: `Strawberries,` of `Strawberries, Bananas & Cream`."""

TRIPLE: Final = 3
"""Size, name and price."""

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """The pieces of some baskets: for each piece its basket and its text, as a place among the different texts.

    ["Tea - 1.20, Latte - 2.45", "Tea - 1.20"]
    -> baskets [0, 0, 1], codes [0, 1, 0], texts ["Tea - 1.20", " Latte - 2.45"]
    """

    baskets: Integers
    codes: Integers
    texts: list[str]

    def of_baskets(self, is_selected: Flags) -> "Pieces":
        """Return the pieces of the selected baskets."""
        is_in_selected = is_selected[self.baskets]
        return Pieces(self.baskets[is_in_selected], self.codes[is_in_selected], self.texts)


def cut(baskets: list[str]) -> Pieces:
    """Cut all baskets at their commas, at once: far faster than one by one."""
    # ["Tea - 1.20, Latte - 2.45", "Tea - 1.20"] -> ",^Tea - 1.20, Latte - 2.45,^Tea - 1.20"; ^ is the mark
    joined = f",{MARK}".join(["", *baskets])
    codes, texts = _numbered(joined)
    if _needs_care(codes, texts, len(baskets)):
        # Rare: numbered again, without marks and line breaks of the file's own, and with the known names guarded.
        joined = f",{MARK}".join(["", *(basket.translate(_HARMLESS) for basket in baskets)])
        codes, texts = _numbered(guarded(joined))
    # Each first piece begins the next basket: [True, False, True] -> 1, 1, 2 -> baskets 0, 0, 1
    return Pieces(np.cumsum(_are_first(texts)[codes]) - 1, codes, [text.removeprefix(MARK) for text in texts])


def _numbered(joined: str) -> tuple[Integers, list[str]]:
    """Return the code of each piece of joined baskets, and the different texts by code, still with their marks."""
    pieces = joined[1:].split(",") if joined else []
    # The first look at a text gives it the next code.
    codes_of: defaultdict[str, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(codes_of.__getitem__, pieces), dtype=np.int64, count=len(pieces))
    return codes, list(codes_of)


def _are_first(texts: list[str]) -> Flags:
    return np.array([text[:1] == MARK for text in texts], dtype=np.bool_)


def _needs_care(codes: Integers, texts: list[str], basket_count: int) -> bool:
    """Tell whether any basket may contain the mark, a line break, or a known name with a comma or dash.

    The different texts are few: a search in these is far faster than one in all baskets.
    """
    are_first, together = _are_first(texts), ",".join([*texts, ""])
    # "Tea,^Cake" has a first piece too many; "Cake^" has a mark that does not begin its piece.
    has_own_marks = are_first[codes].sum() != basket_count or are_first.sum() != together.count(MARK)
    return has_own_marks or any(part in together for part in ("\n", "\r", *NAME_BEGINNINGS))


def with_triples(
    pieces: Pieces, readings: list[Item | Fault], is_bad: Flags
) -> tuple[Pieces, list[Item | Fault]]:
    """In each bad basket that is a list of triples (size or blank, name, price), make one piece of each three.

    `readings` has an item or fault for each text of the pieces; it is returned with the triples' items at its end.
    """
    # ["Large", "Latte", "2.45", "", "Tea", "1.20"] -> two items, `Large Latte - 2.45` and `Tea - 1.20`
    basket_count = len(is_bad)
    piece_counts = np.bincount(pieces.baskets, minlength=basket_count)
    is_candidate = is_bad & (piece_counts % TRIPLE == 0)
    candidates = pieces.of_baskets(is_candidate)
    prices = [plain_pence(text) for text in pieces.texts]
    is_price = np.array([price is not None for price in prices])
    is_size = np.array([not text.strip() or text.strip().casefold() in SIZES for text in pieces.texts])

    # One row for each triple: the places of its size, name and price among the texts. If one triple of a basket is
    # something else, the basket has no triples.
    codes = candidates.codes.reshape(-1, TRIPLE)
    basket_of = candidates.baskets[::TRIPLE]
    is_no_item = ~(is_size[codes[:, 0]] & is_price[codes[:, 2]])
    has_triples = is_candidate & ~any_piece(basket_of, is_no_item, basket_count)

    # Equal triples are read once, like equal texts.
    is_taken = has_triples[basket_of]
    triples, places = np.unique(codes[is_taken], axis=0, return_inverse=True)
    items = [
        read_triple(
            SIZES.get(pieces.texts[size].strip().casefold(), ""), pieces.texts[name], prices[price] or 0
        )
        for size, name, price in triples.tolist()
    ]

    # Each triple is now one piece, whose code comes after those of the texts. A stable sort puts these pieces between
    # those of the other baskets, and keeps the order within a basket.
    untouched = pieces.of_baskets(~has_triples)
    baskets = np.concatenate((untouched.baskets, basket_of[is_taken]))
    order = np.argsort(baskets, kind="stable")
    all_codes = np.concatenate((untouched.codes, places.reshape(-1) + len(readings)))
    return Pieces(baskets[order], all_codes[order], pieces.texts), [*readings, *items]


def any_piece(baskets: Integers, is_so: Flags, basket_count: int) -> Flags:
    """Tell for each basket whether something is true for any of its pieces."""
    return np.bincount(baskets[is_so], minlength=basket_count) > 0
