"""Customers without names: a keyed hash, which nobody without the key can reverse by trying names. Pure."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from typing import Final

KEY_BYTES: Final = 32
BLOCK_BYTES: Final = 64
INNER_PAD: Final = 0x36
OUTER_PAD: Final = 0x5C


def normalise(name: str) -> str:
    """Return what the spellings of a name have in common: NFC, spaces collapsed, case folded."""
    composed = name if name.isascii() else unicodedata.normalize("NFC", name)
    return " ".join(composed.split()).casefold()


def customer_hashes(names: Iterable[str], key: bytes) -> list[str]:
    """Return the HMAC-SHA-256 of each name, normalised, as 64 hexadecimal digits.

    The two blocks that RFC 2104 makes of the key are digested once, and not for each name anew.
    """
    inner, outer = _digested(key, INNER_PAD), _digested(key, OUTER_PAD)
    hashes = []
    for name in names:
        message, result = inner.copy(), outer.copy()
        message.update(normalise(name).encode())
        result.update(message.digest())
        hashes.append(result.hexdigest())
    return hashes


def _digested(key: bytes, pad: int) -> "hashlib._Hash":
    return hashlib.sha256(bytes(byte ^ pad for byte in key.ljust(BLOCK_BYTES, b"\0")))


def key_id(key: bytes) -> str:
    """Return what tells keys apart and tells nothing about them: 16 hexadecimal digits."""
    return hmac.digest(key, b"cafe-etl key id", "sha256").hex()[:16]
