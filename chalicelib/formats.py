"""How stores write their files, declared as data: adding a format is adding a declaration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Column(StrEnum):
    """What a column of a store's file holds."""

    SOLD_AT = "sold_at"
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
    columns: tuple[Column, ...]
    """From left to right."""
    day: re.Pattern[str]
    """Has the groups year, month and day."""
    clock: re.Pattern[str]
    """Has the groups hour, minute and, if the format tells them, second."""
    time_example: str
    """A date and time as this format writes it, for sentences."""


DAY_FIRST: Final = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
HOUR_AND_MINUTE: Final = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")

BASE: Final = Format(
    name="base",
    columns=(
        Column.SOLD_AT,
        Column.STORE_NAME,
        Column.CUSTOMER_NAME,
        Column.BASKET,
        Column.TOTAL_PRICE,
        Column.PAYMENT_TYPE,
        Column.CARD_NUMBER,
    ),
    day=DAY_FIRST,
    clock=HOUR_AND_MINUTE,
    time_example="25/08/2021 09:00",
)
"""No header, seven columns. Totals as `5.2` or `5.20`, a last line of one space: both are read."""

FORMATS: Final = (BASE,)

SIZES: Final = frozenset({"Regular", "Large"})
"""Any other first word belongs to the product's name."""

PAYMENT_TYPES: Final[Mapping[str, str]] = MappingProxyType({"card": "CARD", "cash": "CASH"})
"""As the warehouse has them, by what stores write, case aside."""
