"""Sales as files state them: the values from which tests make files, and by which they compare sales."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

Item = tuple[str, str, str, Decimal]
"""Product, size, flavour, price."""

Visit = tuple[str, datetime, str, Decimal, tuple[Item, ...]]
"""Store key, time, payment, total and the items in a fixed order: all of a sale but its customer."""

Line = tuple[int, "Sale"]
"""Line number and sale."""


@dataclass(frozen=True)
class Sale:
    """A sale as a row of a file contains it. A nameless sale has the customer ``""``."""

    at: datetime
    store: str
    customer: str
    payment: str
    items: tuple[Item, ...]

    @property
    def total(self) -> Decimal:
        """Pounds."""
        return sum((item[3] for item in self.items), Decimal(0))

    @property
    def visit(self) -> Visit:
        """One value for all sales of a visit: spelling and the order of items do not count."""
        # Chester-le-Street, 09:02, CARD, (tea, latte) -> chester le street, 09:02, CARD, 3.65, (latte, tea)
        items = tuple(sorted(map(normal_item, self.items)))
        return store_key(self.store), self.at, self.payment, self.total, items

    @property
    def customer_key(self) -> str:
        """One text for all spellings of the customer's name."""
        return composed(" ".join(composed(self.customer).split()).casefold())


@dataclass(frozen=True)
class Content:
    """A file's bytes, with the sales and the rejected lines that the test wrote into them."""

    data: bytes
    sales: tuple[Line, ...] = ()
    rejected: tuple[int, ...] = ()
    """Line numbers."""

    reason: str = ""
    """The reason if nobody can read the file, otherwise empty."""

    @property
    def sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def days(self) -> frozenset[tuple[str, date]]:
        """The stores (as store keys) and days of the sales, in pairs."""
        return frozenset((store_key(sale.store), sale.at.date()) for _, sale in self.sales)

    def without_customer(self, store: str, customer: str) -> "Content":
        """Return the content with the sales of a store's customer as nameless ones. The bytes stay as they are."""
        person = store_key(store), replace(NOBODY, customer=customer).customer_key
        return replace(
            self,
            sales=tuple(
                (
                    line,
                    replace(sale, customer="")
                    if (store_key(sale.store), sale.customer_key) == person
                    else sale,
                )
                for line, sale in self.sales
            ),
        )


NOBODY = Sale(datetime.min, "", "", "", ())  # noqa: DTZ901 - the times of sales have no zone


def composed(text: str) -> str:
    """Return the text in Unicode's composed form."""
    return unicodedata.normalize("NFC", text)


def store_key(name: str) -> str:
    """Return one text for all spellings of a store's name."""
    # "Chester-le-Street", "CHESTER LE  STREET", "chester_le_street" -> "chester le street"
    return composed(re.sub(r"[\s_-]+", " ", composed(name)).strip().casefold())


def normal_item(item: Item) -> Item:
    """Return one value for all spellings of an item: the case of a size does not count, that of a product does."""
    product, size, flavour, price = item
    return composed(product), size.capitalize(), composed(flavour), price


def numbered(sales: Iterable[Sale], first: int = 1) -> tuple[Line, ...]:
    """Return sales with the numbers of their lines."""
    return tuple(enumerate(sales, first))
