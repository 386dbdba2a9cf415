"""Sale keys: 64 bits by which the same sale is recognised in another file, within its store and time. Pure.

A key is the sum, modulo 2^64, of digests of the sale's parts: customer, payment, each item, and how many equal
sales come before it in its file. A sum does not depend on the order of the items, and each item of a menu is
digested only once. The total is left out: it is the sum of the items. docs/data-dictionary.md has the definition.
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
"""A customer's hash has four words of 64 bits; only the first one is used."""

STORE_FACTOR: Final = np.uint64(3)
TIME_FACTOR: Final = np.uint64(5)
"""Factors for the digests beside a key. Odd factors lose no bit; different ones keep store and time apart."""


class SaleKeys:
    """The keys of one file's sales, among which equal sales are numbered by their occurrence.

    Only eight bytes of each sale are remembered, since a file may have millions: its fingerprint, which is a digest of
    store, time and key.
    """

    def __init__(self) -> None:
        self._seen: Digests = np.empty(0, dtype=np.uint64)
        """The fingerprints of all sales so far, sorted, each once."""
        self._counts: dict[int, int] = {}
        """The number of sales so far with each fingerprint that several sales share."""

    def of(
        self,
        stores: Sequence[str],
        times: Sequence[str],
        customer_hashes: Sequence[str],
        payments: Sequence[str],
        items: Digests,
    ) -> list[int]:
        """Return the keys of the next sales; `items` has the sum of each sale's item digests."""
        # Each customer's 64 hexadecimal digits are four words, of which the first is taken.
        words = np.frombuffer(bytes.fromhex("".join(customer_hashes)), dtype=">u8")[::HASH_WORDS].astype(
            np.uint64
        )
        sums = words + digests(payments) + items
        fingerprints = sums + STORE_FACTOR * digests(stores) + TIME_FACTOR * digests(times)
        keys: list[int] = sums.view(np.int64).tolist()
        # Fingerprints [5, 7, 5, 5]: the sales at 0, 2 and 3 are equal. The first one keeps its key, the second one's
        # key gets the digest of "occurrence 1" added, and the third one's that of "occurrence 2".
        for place in self._repeated(fingerprints):
            fingerprint = int(fingerprints[place])
            occurrence = self._counts.get(fingerprint, 0)
            self._counts[fingerprint] = occurrence + 1
            if occurrence:
                keys[place] = _signed(keys[place] + _digest(f"occurrence {occurrence}"))
        return keys

    def _repeated(self, fingerprints: Digests) -> list[int]:
        """Return the places of fingerprints that the file has had more than once so far, and remember all of them.

        Hardly any sale has an equal. So numpy finds these few, and only they are counted one by one.
        """
        # seen [3, 7], fingerprints [5, 7, 5, 9] -> distinct [5, 7, 9], counts [2, 1, 1], positions in seen [1, 1, 2]
        distinct, counts = np.unique(fingerprints, return_counts=True)
        positions = np.searchsorted(self._seen, distinct)
        # Position 2 is after the end of seen, so 9 is new. Position 1 has 7, so 5 is new and 7 was seen.
        was_seen = np.zeros(len(distinct), dtype=np.bool_)
        is_within = positions < len(self._seen)
        was_seen[is_within] = self._seen[positions[is_within]] == distinct[is_within]
        # -> seen [3, 5, 7, 9]
        self._seen = np.insert(self._seen, positions[~was_seen], distinct[~was_seen])
        # A fingerprint that was seen once had no count until now.
        for fingerprint in distinct[was_seen].tolist():
            self._counts.setdefault(fingerprint, 1)
        # 5 comes twice and 7 was seen -> places [0, 1, 2]
        repeated = distinct[was_seen | (counts > 1)]
        return np.flatnonzero(np.isin(fingerprints, repeated)).tolist() if len(repeated) else []


def digests(texts: Iterable[str]) -> Digests:
    """Return 64 bits for each text."""
    return np.fromiter(map(_digest, texts), dtype=np.uint64)


@lru_cache(MEMORY)
def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _signed(number: int) -> int:
    """Return a number's lowest 64 bits as a signed bigint, which is how the warehouse keeps them."""
    return (number + 2**63) % 2**64 - 2**63
