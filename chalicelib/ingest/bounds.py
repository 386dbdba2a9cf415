"""The bounds on one file: how many rows may be rejected, and how many names it may bring into the warehouse. Pure."""

from collections.abc import Collection
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.items import Item

MOST_REJECTED: Final = 100_000
"""Rejected rows up to which a file is read on, whatever its sales: a file may join those of many stores and years."""

MOST_NAMES: Final = 10_000
"""Different stores, products or flavours of a file. A chain has hundreds; a column of customers or cards has more."""


def check_rejected(rejected: int, sales: int) -> None:
    """Raise `SourceFileError` if too many rows are rejected, and more than are sales."""
    if rejected > MOST_REJECTED and rejected > sales:
        raise SourceFileError(
            "too_many_rejected",
            f"More than {MOST_REJECTED:,} rows of the file are rejected, and more than are sales;"
            " the rest of the file was not read.",
        )


class Names:
    """The different stores, by their keys, products and flavours that a file has had so far."""

    def __init__(self) -> None:
        self._stores: set[str] = set()
        self._products: set[str] = set()
        self._flavours: set[str] = set()

    def add(self, store_keys: Collection[str], items: Collection[Item]) -> None:
        """Add the names of the next sales; raise `SourceFileError` if the file has too many by now."""
        self._stores.update(store_keys)
        self._products.update(item.product_name for item in items)
        self._flavours.update(item.flavour_name for item in items)
        for names, words in (
            (self._stores, "stores"),
            (self._products, "products"),
            (self._flavours, "flavours"),
        ):
            if len(names) > MOST_NAMES:
                raise SourceFileError(
                    "too_many_names",
                    f"The file has more than {MOST_NAMES:,} different {words}; check its columns, or split it"
                    " into several files.",
                )
