"""The rows of the warehouse that a report is made of. No row has a customer."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class HourRow(NamedTuple):
    """A store's sales in an hour of a day; revenue in pounds."""

    store_name: str
    sold_on: date
    hour_of_day: int
    sales: int
    revenue: Decimal


class ProductRow(NamedTuple):
    """A product in a size and flavour, both empty if there is none, as it was sold on the day; revenue in pounds."""

    product_name: str
    size: str
    flavour_name: str
    items: int
    revenue: Decimal


class PaymentRow(NamedTuple):
    """A type of payment on the day; revenue in pounds."""

    payment_type: str
    sales: int
    revenue: Decimal


class CustomersRow(NamedTuple):
    """The customers of the day, and how many of them had bought in the same store in the four weeks before."""

    customers: int
    returning_customers: int


class ExpectedDay(NamedTuple):
    """A store and a day on which it sold something or is missing."""

    store_name: str
    sold_on: date
    is_missing: bool


class StatedDay(NamedTuple):
    """A store and a day that a version of a file states, or did before a newer one replaced it."""

    file_id: int
    object_key: str
    status: str
    last_modified: datetime
    rows_read: int
    rows_rejected: int
    total: Decimal
    """Of the whole file, in pounds."""
    store_name: str
    sold_on: date


class FileWithoutSales(NamedTuple):
    """A version of a file that is refused, or, with the status `loaded`, says that a store was closed."""

    object_key: str
    status: str
    sentence: str
    last_modified: datetime


class RejectedRow(NamedTuple):
    """One of the first rejected rows of a file."""

    file_id: int
    line_number: int
    sentence: str


class SuspectRow(NamedTuple):
    """A store's suspect sales on the day; revenue in pounds."""

    store_name: str
    sales: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class ReportRows:
    """All that the report of a day is made of, as of one moment."""

    day: date
    store_name: str
    """The only store of the report; empty if it is about all of them."""
    next_day: date | None
    """The first day after it on which any store sold something."""
    store_keys: dict[str, str]
    """Every store of the warehouse, with the key by which names are compared."""
    hours: list[HourRow]
    items: dict[date, int]
    """The items of the same weekday in each of the four weeks before."""
    products: list[ProductRow]
    payments: list[PaymentRow]
    customers: CustomersRow
    expected_days: list[ExpectedDay]
    stated_days: list[StatedDay]
    files_without_sales: list[FileWithoutSales]
    rejected_rows: list[RejectedRow]
    suspect_sales: list[SuspectRow]
