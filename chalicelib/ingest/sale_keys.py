"""Sale keys: 64 bits by which the same sale is recognised in another file, within its store and time. Pure.

Each sale has two keys. Its visit key follows from payment, total and items; its sale key from these, the customer, and
how many equal sales come before it in its file. Both are sums, modulo 2^64, of keyed digests of the parts, and each sum
is digested once more. A sum does not depend on the order of the items, and each item of a menu is digested only once.
Without the hash key nobody can compute a key, or choose sales whose keys are the same. docs/data-dictionary.md has the
definition.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from pandas.util import hash_array

from chalicelib.memory import remembered

Digests = npt.NDArray[np.uint64]

KEY_LABEL: Final = "cafe-etl sale keys, scheme 2"
"""Each kind of digest has a key of its own, the HMAC of this label and the kind under the hash key."""

WORD: Final = 8
"""Bytes of a digest."""

SUM_KEY_BYTES: Final = 16
ASCII: Final = 0x7F

STORE_FACTOR: Final = np.uint64(3)
TIME_FACTOR: Final = np.uint64(5)
"""Factors for the digests beside a key. Odd factors lose no bit; different ones keep store and time apart."""

HASH_DIGITS: Final = 64
HASH_WORDS: Final = 4
"""A customer's hash has four words of 64 bits; only the first one is used."""


KINDS: Final = ("item", "payment", "total", "occurrence")
"""The parts of sales that occur in many of them."""


class Keys(NamedTuple):
    """The two keys of each sale."""

    sale_keys: list[int]
    visit_keys: list[int]


class Digester:
    """Digests under the hash key. `kind` keeps those of different parts apart: an item `CARD` is not the payment."""

    def __init__(self, hash_key: bytes) -> None:
        self._hash_key = hash_key
        self._nameless = self._key("nameless").hex()
        # pandas takes a key of 16 bytes as text: seven bits of each byte.
        self._sum_key = bytes(byte & ASCII for byte in self._key("sum")[:SUM_KEY_BYTES]).decode()
        self._readers = {kind: self._remembered(kind) for kind in KINDS}

    def _key(self, kind: str) -> bytes:
        return hmac.digest(self._hash_key, f"{KEY_LABEL}: {kind}".encode(), "sha256")

    def _remembered(self, kind: str) -> Callable[[str | int], int]:
        hasher = hashlib.blake2b(digest_size=WORD, key=self._key(kind))

        @remembered()
        def digest(text: str | int) -> int:
            part = hasher.copy()
            part.update(str(text).encode())
            return int.from_bytes(part.digest(), "big")

        return digest

    def texts(self, kind: str, texts: Sequence[str] | Sequence[int]) -> Digests:
        """Return 64 bits for each text, or for each number as a text; each is remembered."""
        return np.fromiter(map(self._readers[kind], texts), dtype=np.uint64, count=len(texts))

    def customers(self, customer_hashes: Sequence[str]) -> Digests:
        """Return the first 64 bits of each customer's hash, which is a keyed digest; a nameless sale has others."""
        joined = "".join(customer_hashes)
        if len(joined) < HASH_DIGITS * len(customer_hashes):
            joined = "".join(customer_hash or self._nameless for customer_hash in customer_hashes)
        return np.frombuffer(bytes.fromhex(joined), dtype=">u8")[::HASH_WORDS].astype(np.uint64)

    def keys(self, sums: Digests) -> list[int]:
        """Return a digest of each sum, as a signed bigint, which is how the warehouse keeps it."""
        words = sums.astype("<u8").view("V8").astype(object)  # eight bytes each, the lowest first
        # pandas digests by SipHash: so many calls of `hashlib` would make ingest a fifth slower.
        digests = hash_array(words, hash_key=self._sum_key, categorize=False)
        keys: list[int] = digests.view(np.int64).tolist()
        return keys


digester_of = lru_cache(1)(Digester)
"""Return the digester of a hash key; that of the last one is kept, so that one file's digests serve the next."""


class SaleKeys:
    """The keys of one file's sales, among which equal sales are numbered by their occurrence.

    Only eight bytes of each sale are remembered, since a file may have millions: its fingerprint, which is a sum of
    the digests of store, time and all parts of the sale.
    """

    def __init__(self, hash_key: bytes) -> None:
        self._digester = digester_of(hash_key)
        self._seen: Digests = np.empty(0, dtype=np.uint64)
        """The fingerprints of all sales so far, sorted, each once."""
        self._counts: dict[int, int] = {}
        """The number of sales so far with each fingerprint that several sales share."""

    def of_items(self, item_texts: Sequence[str]) -> Digests:
        """Return the digest of each item, written as in the base format."""
        return self._digester.texts("item", item_texts)

    def of(  # noqa: PLR0913 - a sale has these parts
        self,
        *,
        store_keys: Sequence[str],
        times: Sequence[str],
        customer_hashes: Sequence[str],
        payments: Sequence[str],
        totals: Sequence[int],
        items: Digests,
    ) -> Keys:
        """Return the keys of the next sales. Totals are pence; `items` has the sum of each sale's item digests."""
        digester = self._digester
        visits = digester.texts("payment", payments) + digester.texts("total", totals) + items
        sales = visits + digester.customers(customer_hashes)
        fingerprints = sales + STORE_FACTOR * _hashes(store_keys) + TIME_FACTOR * _hashes(times)
        # Fingerprints [5, 7, 5, 5]: the sales at 0, 2 and 3 are equal. The first one's sum stays, the second one's
        # gets the digest of occurrence 1 added, and the third one's that of occurrence 2.
        for place in self._repeated(fingerprints):
            fingerprint = int(fingerprints[place])
            occurrence = self._counts.get(fingerprint, 0)
            self._counts[fingerprint] = occurrence + 1
            if occurrence:
                sales[place : place + 1] += digester.texts("occurrence", [str(occurrence)])
        keys = digester.keys(np.concatenate((sales, visits)))
        return Keys(keys[: len(sales)], keys[len(sales) :])

    def _repeated(self, fingerprints: Digests) -> list[int]:
        """Return the places of fingerprints that the file has had more than once so far, and remember all of them.

        Hardly any sale has an equal. So numpy finds these few, and only they are counted one by one.
        """
        ordered = np.sort(fingerprints)
        if not len(self._seen) and (ordered[1:] != ordered[:-1]).all():
            self._seen = ordered
            return []
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


def _hashes(texts: Sequence[str]) -> Digests:
    """Return Python's hash of each text. It is keyed, too, but differs from process to process: no key contains it."""
    return np.fromiter(map(hash, texts), dtype=np.int64, count=len(texts)).view(np.uint64)
