"""The store that gets the mails about a file: the one of its rows, or the known one that its name speaks of. Pure."""

from collections.abc import Iterable
from typing import Final

from chalicelib.normalisation import store_key
from chalicelib.reading.file_names import names_store

SEVERAL_STORES: Final = "Its rows are of several stores."
"""The remark on a refused file whose mail goes to head office alone, since nobody can tell which store sent it."""


def recipient(object_key: str, store_name: str, remarks: str, known_stores: Iterable[str]) -> str:
    """Return the name of the store that gets the mails about a file; empty if only head office does.

    `store_name` is the one store of its rows; empty if the file has rows of several, or is refused.
    """
    if store_name:
        return store_name
    return "" if SEVERAL_STORES in remarks else named_store(object_key, known_stores)


def named_store(object_key: str, known_stores: Iterable[str]) -> str:
    """Return the known store that a key speaks of; empty if there is none, or more than one.

    Digits are often a day's, so a file of `Leeds 1` is not told from one of `Leeds 2`.
    """
    # london_soho.csv speaks of Soho and of London, but also of London Soho: the longest name has the others in it.
    named = {store_key(store): store for store in known_stores if names_store(object_key, store)}
    longest = [
        store
        for key, store in named.items()
        if not any(_letters(longer) > _letters(key) and names_store(longer, store) for longer in named)
    ]
    return longest[0] if len(longest) == 1 else ""


def _letters(key: str) -> int:
    return sum(map(str.isalpha, key))
