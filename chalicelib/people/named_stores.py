"""The store that an object's key says, for files that cannot be read or have no sales. Pure."""

from collections.abc import Sequence

from chalicelib.reading.file_stores import StoreHints


def named_store(object_key: str, store_names: Sequence[str]) -> str:
    """Return the one of these stores whose words stand side by side in a key; empty if there is none, or several.

    Of `York` and `New York`, `new_york_25-08-2021.csv` says `New York`.
    """
    said = StoreHints.of(object_key, store_names, in_folders=False).stores
    return said[0].name if len(said) == 1 else ""
