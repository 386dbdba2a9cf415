"""Customers as keyed hashes instead of names. To find a name, somebody would need the key, and try names. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache
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


def normalised(names: Sequence[str]) -> list[str]:
    """Return `normalise` of each name."""
    # One call for all names is far faster than one for each: "Jo Bloggs\nZoë ASH" -> "jo bloggs\nzoë ash". It is right
    # if all white space is single spaces within names, which is usual. No letter combines with the line feed before it.
    joined = SEPARATOR.join(names)
    is_plain = joined.count(SEPARATOR) == len(names) - 1
    if is_plain and " ".join(joined.split()) == joined.replace(SEPARATOR, " "):
        return folded(joined).split(SEPARATOR)
    return list(map(normalise, names))


def customer_hashes(store_keys: Sequence[str], names: Sequence[str], hash_key: bytes) -> list[str]:
    """Return the HMAC-SHA-256 of each store and name as 64 hexadecimal digits; empty for a name that is empty.

    The message is the store key, a line feed and the normalised name. As the store is part of it, uploads in the name
    of one store tell nothing about the customers of another. A test compares the result with that of `hmac`.
    """
    # Both blocks are digested once and copied for each name, which is far faster than `hmac` for many names.
    inner, outer = _digested(hash_key, INNER_PAD), _digested(hash_key, OUTER_PAD)
    messages = {}
    for store_key in set(store_keys):
        messages[store_key] = inner.copy()
        messages[store_key].update(f"{store_key}{SEPARATOR}".encode())
    hashes = []
    for store_key, name in zip(store_keys, normalised(names), strict=True):
        message, result = messages[store_key].copy(), outer.copy()
        message.update(name.encode())
        result.update(message.digest())
        hashes.append(result.hexdigest() if name else NAMELESS)
    return hashes


def _digested(hash_key: bytes, pad: int) -> "hashlib._Hash":
    return hashlib.sha256(bytes(byte ^ pad for byte in hash_key.ljust(BLOCK_BYTES, b"\0")))


@lru_cache(1)
def key_id(hash_key: bytes) -> str:
    """Return the id of a hash key and of the scheme in which it is used: 16 hexadecimal digits.

    Nobody can learn the hash key from it. Hashes and keys with different ids have nothing to do with each other.
    """
    return hmac.digest(hash_key, KEY_ID_LABEL, "sha256").hex()[:16]
