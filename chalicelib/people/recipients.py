"""The store that gets the mails about a file: the one of its rows, or the known one that its name speaks of. Pure."""

from collections.abc import Sequence
from typing import Final

from chalicelib.people.named_stores import named_store

SEVERAL_STORES: Final = "Its rows are of several stores."
"""The remark on a refused file whose mail goes to head office alone, since nobody can tell which store sent it."""


def recipient(object_key: str, store_name: str, remarks: str, known_stores: Sequence[str]) -> str:
    """Return the name of the store that gets the mails about a file; empty if only head office does.

    `store_name` is the one store of its rows; empty if the file has rows of several, or is refused.
    """
    if store_name:
        return store_name
    return "" if SEVERAL_STORES in remarks else named_store(object_key, known_stores)
