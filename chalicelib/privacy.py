"""Customers without names: a keyed hash, which nobody without the key can reverse by trying names. Pure."""

import hmac
import unicodedata
from collections.abc import Iterable
from typing import Final

KEY_BYTES: Final = 32


def normalise(name: str) -> str:
    """Return what the spellings of a name have in common: NFC, spaces collapsed, case folded."""
    composed = name if name.isascii() else unicodedata.normalize("NFC", name)
    return " ".join(composed.split()).casefold()


def customer_hashes(names: Iterable[str], key: bytes) -> list[str]:
    """Return the HMAC-SHA-256 of each name, normalised, as 64 hexadecimal digits."""
    return [hmac.digest(key, normalise(name).encode(), "sha256").hex() for name in names]


def key_id(key: bytes) -> str:
    """Return what tells keys apart and tells nothing about them: 16 hexadecimal digits."""
    return hmac.digest(key, b"cafe-etl key id", "sha256").hex()[:16]
