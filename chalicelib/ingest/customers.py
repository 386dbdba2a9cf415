"""Customers as keyed hashes instead of names. To find a name, somebody would need the key, and try names. Pure."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from typing import Final

KEY_BYTES: Final = 32

# HMAC(key, message) = SHA-256(outer block + SHA-256(inner block + message)), where each block is the key, filled up to
# 64 bytes, with every byte combined with a pad: RFC 2104.
BLOCK_BYTES: Final = 64
INNER_PAD: Final = 0x36
OUTER_PAD: Final = 0x5C


def normalise(name: str) -> str:
    """Return one form for all spellings of a name: NFC, spaces collapsed, case folded."""
    # ` Zoë\t ASH` and `ZOË Ash`, whatever their Unicode composition -> `zoë ash`
    composed = name if name.isascii() else unicodedata.normalize("NFC", name)
    return " ".join(composed.split()).casefold()


def customer_hashes(names: Iterable[str], hash_key: bytes) -> list[str]:
    """Return the HMAC-SHA-256 of each normalised name as 64 hexadecimal digits.

    The result is that of `hmac.new(hash_key, normalise(name).encode(), "sha256")`; a test compares the two.
    """
    # Both blocks are digested once and copied for each name, which is far faster than `hmac` for many names.
    inner, outer = _digested(hash_key, INNER_PAD), _digested(hash_key, OUTER_PAD)
    hashes = []
    for name in names:
        message, result = inner.copy(), outer.copy()
        message.update(normalise(name).encode())
        result.update(message.digest())
        hashes.append(result.hexdigest())
    return hashes


def _digested(hash_key: bytes, pad: int) -> "hashlib._Hash":
    return hashlib.sha256(bytes(byte ^ pad for byte in hash_key.ljust(BLOCK_BYTES, b"\0")))


def key_id(hash_key: bytes) -> str:
    """Return the id of a hash key, from which nobody can learn the key: 16 hexadecimal digits."""
    return hmac.digest(hash_key, b"cafe-etl key id", "sha256").hex()[:16]
