"""Customers as keyed hashes instead of names. To find a name, somebody would need the key, and try names. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from chalicelib.normalisation import folded

KEY_BYTES: Final = 32

# HMAC(key, message) = SHA-256(outer block + SHA-256(inner block + message)), where each block is the key, filled up to
# 64 bytes, with every byte combined with a pad: RFC 2104.
BLOCK_BYTES: Final = 64
INNER_PAD: Final = 0x36
OUTER_PAD: Final = 0x5C

SEPARATOR: Final = "\n"
"""Stands between store and name. Neither contains it: white space in them has become single spaces."""

NAMELESS: Final = ""
"""The hash of an empty name: who bought is unknown."""

KEY_ID_LABEL: Final = b"cafe-etl key id, scheme 2"
"""A change of the scheme of hashes or sale keys needs a new number: `hash_key_id` then changes, too."""


def normalise(name: str) -> str:
    """Return one form for all spellings of a name: NFC, spaces collapsed, case folded."""
    # ` Zoë\t ASH` and `ZOË Ash`, whatever their Unicode composition -> `zoë ash`
    return folded(" ".join(name.split()))


class StoreHashes(dict[str, str]):
    """The hashes of one store's customers by name, of which each is made when it is first asked for."""

    def __init__(self, store_key: str, hash_key: bytes) -> None:
        # Both blocks are digested once and copied for each name, which is far faster than `hmac` for many names.
        self._inner, self._outer = _digested(hash_key, INNER_PAD), _digested(hash_key, OUTER_PAD)
        self._inner.update(f"{store_key}{SEPARATOR}".encode())

    def __missing__(self, name: str) -> str:
        normalised = normalise(name)
        message, result = self._inner.copy(), self._outer.copy()
        message.update(normalised.encode())
        result.update(message.digest())
        self[name] = result.hexdigest() if normalised else NAMELESS
        return self[name]


def customer_hashes(store_keys: Sequence[str], names: Sequence[str], hash_key: bytes) -> list[str]:
    """Return the HMAC-SHA-256 of each store and name as 64 hexadecimal digits; empty for a name that is empty.

    The message is the store key, a line feed and the normalised name. As the store is part of it, uploads in the name
    of one store tell nothing about the customers of another. A test compares the result with that of `hmac`.
    """
    # The hashes by name end with this call: no name stays in memory.
    stores = {key: StoreHashes(key, hash_key) for key in set(store_keys)}
    return [stores[key][name] for key, name in zip(store_keys, names, strict=True)]


def _digested(hash_key: bytes, pad: int) -> "hashlib._Hash":
    return hashlib.sha256(bytes(byte ^ pad for byte in hash_key.ljust(BLOCK_BYTES, b"\0")))


def key_id(hash_key: bytes) -> str:
    """Return the id of a hash key and of the scheme in which it is used: 16 hexadecimal digits.

    Nobody can learn the hash key from it. Hashes and keys with different ids have nothing to do with each other.
    """
    return hmac.digest(hash_key, KEY_ID_LABEL, "sha256").hex()[:16]
