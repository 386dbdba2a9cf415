"""The one form of all spellings of a name, by which stores and customers are compared. Pure, and without pandas."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from chalicelib.memory import remembered

SEPARATORS: Final = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
"""Spaces, underscores, and hyphens of all kinds, which spell one store in many ways."""

LONGEST_NAME: Final = 1_000
"""Letters of the longest name that is composed. A longer one is rejected for its length.

`unicodedata` sorts the accents of a letter one by one: for a letter with 100,000 of them that takes many seconds.
"""

STORES: Final = 2**12
"""The number of spellings of stores that are remembered."""


def composed(text: str) -> str:
    """Return a text in Unicode's form NFC, in which each letter with an accent is one character if it can be."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Return a text in NFC, its case folded."""
    # Folding takes some letters apart, such as U+0390 (iota with two accents), so they are composed once more.
    return text.casefold() if text.isascii() else composed(composed(text).casefold())


@remembered(STORES)
def store_key(name: str) -> str:
    """Return the key of a store's name, by which stores are compared: case, spaces, hyphens and underscores aside.

    It is empty if the name has nothing else. A name that is too long is its own key.
    """
    # `Southend-on-Sea`, `SOUTHEND ON SEA` and `southend_on_sea` -> `southend on sea`
    return SEPARATORS.sub(" ", folded(name)).strip() if len(name) <= LONGEST_NAME else name


def store_keys(names: Sequence[str]) -> list[str]:
    """Return the key of each store's name; equal names are looked at once."""
    keys = {name: store_key(name) for name in set(names)}
    return list(map(keys.__getitem__, names))
