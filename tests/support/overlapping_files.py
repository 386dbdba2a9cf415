"""A few small files that share some of their sales, as contents that the reference ledger understands."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tests.support.pipeline import csv_of
from tests.support.reference_ledger import Content, Item, Sale

KEYS = ("leeds.csv", "leeds.csv (later)", "york+é.csv")
LATTE = ("Latte", "Large", "", Decimal("2.45"))
FLAVOURED = ("Flavoured latte", "Regular", "Hazelnut", Decimal("2.55"))
TEA = ("Tea", "", "", Decimal("1.20"))


def sold(minute: int, store: str, customer: str, *items: Item) -> Sale:
    """Return a sale of one morning."""
    return Sale(datetime(2021, 8, 25, 9, minute), store, customer, "CARD", items)  # noqa: DTZ001 - files have no zone


ANN = sold(1, "Leeds", "Ann Archer", LATTE)
ANN_IN_YORK = sold(1, "York", "Ann Archer", LATTE)
BOB = sold(2, "Leeds", "Bob Brown", FLAVOURED, TEA)
BOB_AGAIN = sold(2, "Leeds", "bob  BROWN", TEA, FLAVOURED)
"""The same sale with the name spelled differently and the items in another order."""
CAT = sold(3, "Leeds", "Cat Clark", TEA)
DAN = sold(4, "York", "Dan Dean", TEA, TEA)


def row(sale: Sale, *, spoiled: bool = False) -> tuple[str, ...]:
    """Return the row of a sale as a store writes it. A spoiled row has a wrong total, and is rejected."""
    # BOB -> 25/08/2021 09:02 | Leeds | Bob Brown | Regular Flavoured latte - Hazelnut - 2.55, Tea - 1.20 | 3.75 | CARD
    texts = [
        " - ".join(filter(None, (f"{size} {product}".strip(), flavour, str(price))))
        for product, size, flavour, price in sale.items
    ]
    total = sale.total + spoiled
    at = sale.at.strftime("%d/%m/%Y %H:%M")
    return at, sale.store, sale.customer, ", ".join(texts), str(total), sale.payment, "5494000000000000"


def content(*sales: Sale, spoiled: Iterable[Sale] = ()) -> Content:
    """Return a file of good rows, followed by bad ones. Without a good row, the file is refused."""
    # content(BOB, ANN, spoiled=[CAT]) -> sales in lines 1 and 2, rejected line 3
    bad = list(spoiled)
    return Content(
        data=csv_of(*map(row, sales), *(row(sale, spoiled=True) for sale in bad)),
        sales=tuple(enumerate(sales, 1)),
        rejected=tuple(range(len(sales) + 1, len(sales) + len(bad) + 1)),
        reason="" if sales else "no_valid_row",
    )


CONTENTS = {
    "morning": content(ANN, BOB),
    "day": content(ANN, BOB, CAT, CAT, DAN),
    "corrected day": content(ANN, BOB_AGAIN, CAT),
    "equals": content(CAT, CAT, CAT),
    "york": content(ANN_IN_YORK, DAN),
    "some bad": content(BOB, ANN_IN_YORK, spoiled=[CAT]),
    "all bad": content(spoiled=[ANN, BOB]),
    "gibberish": Content(b"no sales\n", reason="unrecognised"),
}
