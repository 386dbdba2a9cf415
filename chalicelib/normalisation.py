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

INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that count as printable, but show nothing: Hangul fillers, a blank of Braille, variations."""

PRESENTATIONS: Final = re.compile("[\ufe0e\ufe0f]")
"""Marks that ask for a character as text or as a picture: a till may write them behind each picture on its menu."""

MIXED: Final = re.compile(
    "[A-Za-z\u00c0-\u024f][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z\u00c0-\u024f]"
)
"""A Latin letter beside a Greek or a Cyrillic one, which may look just like it."""

STORES: Final = 2**12
"""The number of spellings of stores that are remembered."""


def composed(text: str) -> str:
    """Return a text in Unicode's form NFC, in which each letter with an accent is one character if it can be."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def may_look_like_another(text: str) -> bool:
    """Tell whether a text has letters that show nothing, or that look like those of another script in one word."""
    return not text.isascii() and bool(INVISIBLE.search(text) or MIXED.search(text))


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
