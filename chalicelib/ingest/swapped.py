"""Stores and customers that changed places in a file: names of people must not be published as stores. Pure."""

from collections.abc import Callable, Collection, Sequence
from itertools import compress
from typing import Final

from chalicelib.errors import SourceFileError

FEWEST_SALES: Final = 20
"""Sales with a customer's name, from which on more stores than customers are a mistake."""

MOST_CUSTOMERS: Final = 10_000
"""Customers up to which they are counted. No file has as many stores."""


class Swapped:
    """The different stores and customers of a file's sales so far, as far as these have a customer's name."""

    def __init__(self) -> None:
        self._stores: set[str] = set()
        self._customers: set[str] = set()
        self._sale_count = 0

    def add(self, store_keys: Sequence[str], customer_names: Sequence[str]) -> None:
        """Add the stores and customers of the next sales."""
        # Each different name is tested once; most files have no blank one.
        names = set(customer_names)
        blank_names = {name for name in names if not name.strip()}
        keys_with_name = store_keys
        if blank_names:
            has_name = (name not in blank_names for name in customer_names)
            keys_with_name = list(compress(store_keys, has_name))
        self._sale_count += len(keys_with_name)
        self._stores.update(keys_with_name)
        if len(self._customers) <= MOST_CUSTOMERS:
            self._customers |= names - blank_names

    def check(self, names_store: Callable[[str], bool]) -> None:
        """Raise `SourceFileError` if stores and customers seem to have changed places.

        `names_store` tells whether the file's name says a store.
        """
        has_more_stores = self._sale_count >= FEWEST_SALES and len(self._stores) > len(self._customers)
        if has_more_stores or _is_store(self._customers, names_store):
            raise SourceFileError(
                "swapped",
                "The columns of the store and of the customer's name seem to have changed places:"
                " put each into its own column, and upload the file again.",
            )


def _is_store(customers: Collection[str], names_store: Callable[[str], bool]) -> bool:
    """Tell whether all customers are one, whose name is the store that the file's name says."""
    return len(customers) == 1 and all(map(names_store, customers))
