"""The formats of stores' files, declared as data. A new format needs a declaration here and a sample, no code."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Final, Self

from chalicelib.chain import CHAIN
from chalicelib.errors import SettingsError
from chalicelib.reading.heading_words import comparable


class Use(Enum):
    """Whether a file has to have a column, and whether it is read."""

    NEEDED = auto()
    """A file without it is refused."""
    OPTIONAL = auto()
    """A file may lack it. It is read if the file has it."""
    DROPPED = auto()
    """A file may have it, but it is never read."""


class Column(StrEnum):
    """A column of a store's file: its name in code and tables, its name for people, and its use."""

    SOLD_AT = "sold_at", "date and time", Use.NEEDED
    SOLD_ON = "sold_on", "day", Use.OPTIONAL
    """The day alone. Together with `SOLD_TIME` it stands for `SOLD_AT`."""
    SOLD_TIME = "sold_time", "time", Use.OPTIONAL
    STORE_NAME = "store_name", "store", Use.NEEDED
    CUSTOMER_NAME = "customer_name", "customer's name", Use.OPTIONAL
    BASKET = "basket", "items", Use.NEEDED
    TOTAL_PRICE = "total_price", "total", Use.NEEDED
    PAYMENT_TYPE = "payment_type", "payment", Use.NEEDED
    CARD_NUMBER = "card_number", "card", Use.DROPPED

    words: str
    use: Use

    def __new__(cls, name: str, words: str, use: Use) -> Self:
        """Make a member, whose text is its name."""
        column = str.__new__(cls, name)
        column._value_, column.words, column.use = name, words, use
        return column

    @property
    def is_needed(self) -> bool:
        """Whether a file without the column is refused."""
        return self.use is Use.NEEDED


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
"""Further headings, which no declared format has, with only one possible meaning."""

COLUMNS_BY_SYNONYM: Final = MappingProxyType(
    {comparable(heading): column for column, headings in SYNONYMS.items() for heading in headings}
)

ALIKE: Final = (
    frozenset({Column.SOLD_AT, Column.SOLD_ON, Column.SOLD_TIME}),
    frozenset({None, Column.CARD_NUMBER}),
)
"""Columns that one heading may stand for: the other headings show which part of a time it is, or nothing is read."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way of writing a sales file."""

    name: str
    columns: tuple[Column | None, ...]
    """From left to right; None for one that is not read.

    Payment and total may change places in any row: their values show which is which.
    """
    header: str = ""
    """The headings, as a line of CSV; empty if the format has none. Files of other formats may use them, too."""
    is_header_optional: bool = False
    """Whether a file may come without the header: then it is recognised by its values."""

    def __post_init__(self) -> None:
        """Raise `SettingsError` if the header does not fit the columns, or clashes with a synonym."""
        headings = self.headings
        if self.header and len(headings) != len(self.columns):
            raise self._bad(f"it has {len(headings)} headings for {len(self.columns)} columns")
        for heading, column in zip(headings, self.columns, strict=False):
            self._check_heading(heading, column)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as they are compared; empty without a header."""
        return tuple(map(comparable, next(csv.reader([self.header]), [])))

    def _check_heading(self, heading: str, column: Column | None) -> None:
        if not heading and column:
            raise self._bad(f"the heading of the {column.words} has no letter or digit")
        same = [of for text, of in zip(self.headings, self.columns, strict=True) if text == heading]
        if len(same) > 1 and any(same):
            raise self._bad(f"it has the heading `{heading}` twice")
        synonym_of = COLUMNS_BY_SYNONYM.get(heading)
        if synonym_of and not _may_share(column, synonym_of):
            raise self._bad(f"the heading `{heading}` stands for the {synonym_of.words} in other files")

    def _bad(self, fault: str) -> SettingsError:
        return SettingsError(f"The format {self.name} cannot be used: {fault}.")


def _may_share(column: Column | None, column_of_others: Column | None) -> bool:
    """Tell whether one heading may stand for both columns."""
    return column is column_of_others or any({column, column_of_others} <= alike for alike in ALIKE)


TIMESTAMP_TO_CARD: Final = (
    Column.SOLD_AT,
    Column.STORE_NAME,
    Column.CUSTOMER_NAME,
    Column.BASKET,
    Column.TOTAL_PRICE,
    Column.PAYMENT_TYPE,
    Column.CARD_NUMBER,
)
PAYMENT_FIRST: Final = (
    Column.SOLD_AT,
    Column.STORE_NAME,
    Column.CUSTOMER_NAME,
    Column.BASKET,
    Column.PAYMENT_TYPE,
    Column.TOTAL_PRICE,
    Column.CARD_NUMBER,
)
DAY_TO_CARD: Final = (Column.SOLD_ON, Column.SOLD_TIME, *TIMESTAMP_TO_CARD[1:])

FORMATS: Final = (
    # 25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Speciality Tea - Green - 1.60",4.05,CARD,5494000000000000
    Format("base", TIMESTAMP_TO_CARD),
    # 2021-08-25 09:00:00,Leeds,Jo Bloggs,"Large,Latte,2.45,,Speciality Tea - Green,1.6",CASH,4.05,None
    Format(
        "triples",
        PAYMENT_FIRST,
        "timestamp,branch,custumer,basket,method,price,card",
        is_header_optional=True,
    ),
    # 25-08-2021 09:00,Leeds,Jo Bloggs,"Large - Latte - 2.45, Speciality Tea - Green - 1.60",4.05,CARD,0000
    Format(
        "products",
        TIMESTAMP_TO_CARD,
        "date,location,customer_name,products,total,payment_type,card_number",
    ),
    Format(
        "long headings",
        TIMESTAMP_TO_CARD,
        "Timestamp of Purchase,Store Name,Customer Name,"
        '"Basket Items (Name, Size & Price)",Total Price,Cash/Card,Card Number (Empty if Cash)',
    ),
    # 25/08/2021,09:00:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Speciality Tea - Green - 1.60",4.05,CARD,5494000000000000
    Format(
        "day and time",
        DAY_TO_CARD,
        "date,time,location,customer_name,items_total,amount_paid,payment_method,card_number",
        is_header_optional=True,
    ),
    Format(
        "items",
        TIMESTAMP_TO_CARD,
        "Date,Location,Customer Name,Items,Total,Payment Method,Card Number",
    ),
    # 25/8/2021 9:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Speciality Tea - Green - 1.60",4.05,CARD,5.494E+15
    Format(
        "orders",
        TIMESTAMP_TO_CARD,
        "date,branch_name,customer,orders,total_price,payment_method,card_number",
        is_header_optional=True,
    ),
    Format(
        "one order",
        TIMESTAMP_TO_CARD,
        "time, branch, name, order, price, payment, credit-card-number",
    ),
    Format(
        "items ordered",
        TIMESTAMP_TO_CARD,
        "Timestamp,Location,Customer Name,Items Ordered,Total Amount,Payment Method,Card Number",
    ),
)

SIZES: Final = CHAIN.sizes
"""The warehouse's sizes by those that stores write, which are compared without case.

The first word of an item is its size if it is one of these; any other belongs to the product's name.
"""

NAMES: Final = CHAIN.names
"""Products and flavours whose own name contains a comma or a dash between spaces.

Everywhere else a comma separates two items, and such a dash separates the parts of an item.
"""

TIME_EXAMPLE: Final = "25/08/2021 09:00"
"""A date and time for sentences that say how to write one."""
