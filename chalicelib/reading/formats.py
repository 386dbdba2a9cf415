"""How stores write their files, declared as data: adding a format is adding a declaration and a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Column(StrEnum):
    """What a column of a store's file holds."""

    SOLD_AT = "sold_at"
    SOLD_ON = "sold_on"
    """The day alone; the time of day is in a column of its own."""
    SOLD_TIME = "sold_time"
    STORE_NAME = "store_name"
    CUSTOMER_NAME = "customer_name"
    BASKET = "basket"
    TOTAL_PRICE = "total_price"
    PAYMENT_TYPE = "payment_type"
    CARD_NUMBER = "card_number"


@dataclass(frozen=True, slots=True)
class Format:
    """One way of writing a sales file."""

    name: str
    columns: tuple[Column | None, ...]
    """From left to right; None for one that is not read.

    Payment and total may change places in any row: their values tell which is which.
    """
    header: str = ""
    """The headings, as a line of CSV; empty where the format has none. They count as synonyms in other headers too."""
    is_header_optional: bool = False
    """Whether a file may come without the header, and is recognised by its values."""


MOMENT_TO_CARD: Final = (
    Column.SOLD_AT,
    Column.STORE_NAME,
    Column.CUSTOMER_NAME,
    Column.BASKET,
    Column.TOTAL_PRICE,
    Column.PAYMENT_TYPE,
    Column.CARD_NUMBER,
)
PAYMENT_FIRST: Final = (
    *MOMENT_TO_CARD[:4],
    Column.PAYMENT_TYPE,
    Column.TOTAL_PRICE,
    Column.CARD_NUMBER,
)
DAY_TO_CARD: Final = (Column.SOLD_ON, Column.SOLD_TIME, *MOMENT_TO_CARD[1:])

FORMATS: Final = (
    Format("base", MOMENT_TO_CARD),
    Format(
        "triples",
        PAYMENT_FIRST,
        "timestamp,branch,custumer,basket,method,price,card",
        is_header_optional=True,
    ),
    Format(
        "products",
        MOMENT_TO_CARD,
        "date,location,customer_name,products,total,payment_type,card_number",
    ),
    Format(
        "long headings",
        MOMENT_TO_CARD,
        "Timestamp of Purchase,Store Name,Customer Name,"
        '"Basket Items (Name, Size & Price)",Total Price,Cash/Card,Card Number (Empty if Cash)',
    ),
    Format(
        "day and time",
        DAY_TO_CARD,
        "date,time,location,customer_name,items_total,amount_paid,payment_method,card_number",
        is_header_optional=True,
    ),
    Format(
        "items",
        MOMENT_TO_CARD,
        "Date,Location,Customer Name,Items,Total,Payment Method,Card Number",
    ),
    Format(
        "orders",
        MOMENT_TO_CARD,
        "date,branch_name,customer,orders,total_price,payment_method,card_number",
        is_header_optional=True,
    ),
    Format(
        "one order",
        MOMENT_TO_CARD,
        "time, branch, name, order, price, payment, credit-card-number",
    ),
    Format(
        "items ordered",
        MOMENT_TO_CARD,
        "Timestamp,Location,Customer Name,Items Ordered,Total Amount,Payment Method,Card Number",
    ),
)

SYNONYMS: Final[Mapping[Column, tuple[str, ...]]] = MappingProxyType(
    {
        Column.SOLD_AT: ("date and time", "datetime", "sold at", "order date", "transaction date"),
        Column.STORE_NAME: ("store", "shop", "shop name", "site", "outlet", "cafe"),
        Column.CUSTOMER_NAME: ("customers", "full name", "guest", "client"),
        Column.BASKET: ("basket items", "item", "purchase", "purchases", "drinks", "drinks ordered"),
        Column.TOTAL_PRICE: ("amount", "total paid", "total cost", "order total", "sum"),
        Column.PAYMENT_TYPE: ("paid by", "cash or card", "tender", "type of payment"),
        Column.CARD_NUMBER: ("card no", "card details", "card digits", "last four", "pan"),
    }
)
"""Headings that no format of ours has as yet, and nobody would take for anything else."""

SIZES: Final = frozenset({"Regular", "Large"})
"""Any other first word belongs to the product's name."""

PAYMENT_TYPES: Final[Mapping[str, str]] = MappingProxyType({"card": "CARD", "cash": "CASH"})
"""As the warehouse has them, by what stores write, case aside."""

NAMES: Final = ("Strawberries, Bananas & Cream", "Strawberries - Cream")
"""Products and flavours whose own name holds a comma or a dash between spaces; else these set items and parts off."""

TIME_EXAMPLE: Final = "25/08/2021 09:00"
"""A date and time, for sentences."""
