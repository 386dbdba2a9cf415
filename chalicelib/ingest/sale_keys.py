"""What makes a sale the same sale in another file: a 64-bit key, compared within store and time. Pure.

A key is the sum, modulo 2^64, of digests of the sale's parts: customer, payment, each item, and how many equal
sales stand before it in its file. A sum does not mind the items' order, and the digests of what a menu holds
need working out once. The total adds nothing: it is the sum of the items.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.reading.fields import MEMORY

Digests = npt.NDArray[np.uint64]
HASH_WORDS: Final = 4
"""A customer's hash is so many words of 64 bits; the first one is taken."""

STORE_FACTOR: Final = np.uint64(3)
TIME_FACTOR: Final = np.uint64(5)
"""Odd, so that no bit is lost, and different, so that a store is not taken for a time."""


class SaleKeys:
    """The keys of one file's sales: equal sales within it are told apart by their occurrence.

    Eight bytes of each sale are remembered, a digest of store, time and key: a file may have millions.
    """

    def __init__(self) -> None:
        self._seen: Digests = np.empty(0, dtype=np.uint64)
        """Sorted, each once."""
        self._counts: dict[int, int] = {}
        """How often those came that came more than once."""

    def of(
        self,
        stores: Sequence[str],
        times: Sequence[str],
        customers: Sequence[str],
        payments: Sequence[str],
        items: Digests,
    ) -> list[int]:
        """Return the keys of the next sales; `items` has the sum of the digests of each sale's items."""
        words = np.frombuffer(bytes.fromhex("".join(customers)), dtype=">u8")[::HASH_WORDS].astype(np.uint64)
        sums = words + digests(payments) + items
        places = sums + STORE_FACTOR * digests(stores) + TIME_FACTOR * digests(times)
        keys: list[int] = sums.view(np.int64).tolist()
        for at in self._again(places):
            place = int(places[at])
            occurrence = self._counts.get(place, 0)
            self._counts[place] = occurrence + 1
            if occurrence:
                keys[at] = _signed(keys[at] + _digest(f"occurrence {occurrence}"))
        return keys

    def _again(self, places: Digests) -> list[int]:
        """Return which of the next places come more than once, or came before; remember all."""
        different, counts = np.unique(places, return_counts=True)
        at = np.searchsorted(self._seen, different)
        is_known = np.zeros(len(different), dtype=np.bool_)
        is_within = at < len(self._seen)
        is_known[is_within] = self._seen[at[is_within]] == different[is_within]
        self._seen = np.insert(self._seen, at[~is_known], different[~is_known])
        for place in different[is_known].tolist():
            self._counts.setdefault(place, 1)
        again = different[is_known | (counts > 1)]
        return np.flatnonzero(np.isin(places, again)).tolist() if len(again) else []


def digests(texts: Iterable[str]) -> Digests:
    """Return 64 bits for each text."""
    return np.fromiter(map(_digest, texts), dtype=np.uint64)


@lru_cache(MEMORY)
def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _signed(number: int) -> int:
    """Return the bigint of the same 64 bits, as the warehouse keeps them."""
    return (number + 2**63) % 2**64 - 2**63
