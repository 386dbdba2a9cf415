"""A few small files that share some of their sales, as contents that the reference ledger understands."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tests.support.pipeline import csv_of
from tests.support.stated_sales import Content, Item, Sale, numbered

KEYS = (
    "leeds_25-08-2021_09-00-00.csv",
    "copies/leeds_25-08-2021.csv",
    "york+é 26-08-2021.csv",
    "sales.csv",
    "till 2/sales.csv",
)
"""Three names that hold a day, and two rolling names."""

LATTE = ("Latte", "Large", "", Decimal("2.45"))
FLAVOURED = ("Flavoured latte", "Regular", "Hazelnut", Decimal("2.55"))
TEA = ("Tea", "", "", Decimal("1.20"))

HEADER = ("Date", "Location", "Customer Name", "Items", "Total", "Payment Method", "Card Number")
CUSTOMER = HEADER.index("Customer Name")


def sold(minute: int, store: str, customer: str, *items: Item, day: int = 25) -> Sale:
    """Return a sale of one morning."""
    return Sale(datetime(2021, 8, day, 9, minute), store, customer, "CARD", items)  # noqa: DTZ001 - files have no zone


ANN = sold(1, "Leeds", "Ann Archer", LATTE)
ANN_IN_YORK = sold(1, "York", "Ann Archer", LATTE)
BOB = sold(2, "Leeds", "Bob Brown", FLAVOURED, TEA)
BOB_AGAIN = sold(2, "LEEDS", "bob  BROWN", TEA, FLAVOURED)
"""The same sale with names spelled differently and the items in another order."""
CAT = sold(3, "Leeds", "Cat Clark", TEA)
EVE = sold(3, "Leeds", "Eve Evans", TEA)
"""Another person's sale in the same visit as Cat's."""
DAN = replace(sold(4, "York", "Dan Dean", TEA, TEA), payment="OTHER")
FAY = sold(5, "Leeds", "Fay Fox", LATTE, day=26)
GUS = sold(6, "Chester-le-Street", "Gus Gray", TEA, day=26)
GUS_AGAIN = sold(6, "CHESTER LE  STREET", "Gus Gray", TEA, day=26)
HAL = sold(7, "Leeds", "Hal Hunt", TEA, LATTE, day=24)


def nameless(*sales: Sale) -> list[Sale]:
    """Return the sales without their customers."""
    return [replace(sale, customer="") for sale in sales]


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
        sales=numbered(sales),
        rejected=tuple(range(len(sales) + 1, len(sales) + len(bad) + 1)),
        reason="" if sales else "no_valid_row",
    )


def content_with_header(*sales: Sale) -> Content:
    """Return a file with a header; if no sale has a name, it has no column for the customer."""
    # content_with_header() -> a closed day: a header, and no rows
    rows = [HEADER, *map(row, sales)]
    if sales and not any(sale.customer for sale in sales):
        rows = [cells[:CUSTOMER] + cells[CUSTOMER + 1 :] for cells in rows]
    return Content(data=csv_of(*rows), sales=numbered(sales, 2))


CONTENTS = {
    "morning": content(ANN, BOB),
    "day": content(ANN, BOB, CAT, CAT, DAN),
    "corrected day": content(ANN, BOB_AGAIN, CAT),
    "equals": content(CAT, CAT, CAT),
    "two people": content(CAT, EVE),
    "york": content(ANN_IN_YORK, DAN),
    "next day": content(FAY, GUS_AGAIN),
    "week": content(ANN, BOB, CAT, CAT, DAN, FAY, GUS),
    "month to date": content(HAL, ANN, BOB, CAT, FAY, GUS),
    "closed day": content_with_header(),
    "some bad": content(BOB, ANN_IN_YORK, spoiled=[CAT]),
    "all bad": content(spoiled=[ANN, BOB]),
    "gibberish": Content(b"no sales\n", reason="unrecognised"),
    "nameless day": content_with_header(*nameless(ANN, BOB, CAT, CAT, DAN)),
    "nameless teas": content_with_header(*nameless(CAT, CAT, CAT)),
    "half named": content_with_header(ANN, *nameless(BOB, CAT, CAT), EVE),
}
