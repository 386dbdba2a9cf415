"""Whether the day or the month comes first in a file's dates: decided once per file. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.reading.dates import Order, real_date, year_and_numbers


@dataclass(frozen=True, slots=True)
class DateHints:
    """Facts besides a file's rows that help to read its dates."""

    uploaded_at: datetime
    """No sale is later, unless a till's clock is fast."""
    named_day: date | None = None
    """The day in the file's name."""
    month_first_stores: frozenset[str] = frozenset()
    """The stores that write the month first, as the settings say."""


class OrderReason(StrEnum):
    """The reason for an order of dates, in words that complete "dates day first, …"."""

    UNAMBIGUOUS = "as no date is ambiguous"
    ROWS = "as the rows show"
    FILE_NAME = "as the file's name shows"
    STORE = "as set for the store"
    DEFAULT = "by default"


@dataclass(frozen=True, slots=True)
class DateOrder:
    """The order of day and month in a file, and why it is this one."""

    order: Order
    reason: OrderReason

    def __str__(self) -> str:
        """Return it in words for people."""
        return f"dates {self.order}, {self.reason}"

    @property
    def remark(self) -> str:
        """A sentence for the ledger if the order may be wrong; empty if the file itself shows the order."""
        if self.reason in {OrderReason.STORE, OrderReason.DEFAULT}:
            return f"Its dates can be read in two ways; they were read {self.order}, {self.reason}."
        return ""


@dataclass
class DateEvidence:
    """A count of the dates of a file that show their order.

    25/08/2021 has the day first, 08/25/2021 has the month first, 05/06/2021 is ambiguous; 05/05/2021 and
    2021-06-05 are the same day in either order and show nothing.
    """

    day_first: int = 0
    """The number of dates that exist only with the day first."""
    month_first: int = 0
    """The number of dates that exist only with the month first."""
    ambiguous: set[tuple[int, int, int]] = field(default_factory=set)
    """Year and two numbers of each date that is a different day in each order."""

    def add(self, texts: Iterable[str]) -> None:
        """Add the different texts of a column, which are timestamps or dates."""
        # Many timestamps share a date: ["25/08/2021 09:00", "25/08/2021 09:05"] -> {"25/08/2021": 2}
        for text, count in Counter(text.partition(" ")[0] for text in texts).items():
            if numbers := year_and_numbers(text):
                self._add_date(*numbers, count)

    def _add_date(self, year: int, first: int, second: int, count: int) -> None:
        as_day_first, as_month_first = real_date(year, second, first), real_date(year, first, second)
        self.day_first += count if as_day_first and not as_month_first else 0
        self.month_first += count if as_month_first and not as_day_first else 0
        if as_day_first and as_month_first and first != second:
            self.ambiguous.add((year, first, second))

    @property
    def decides(self) -> bool:
        """Whether the dates alone show their order."""
        return self.day_first != self.month_first

    def decide(self, named_day: date | None, *, is_month_first_store: bool) -> DateOrder:
        """Return the order that the rows show, else the file's name, else the store's setting, else day first."""
        if self.decides:
            order = Order.DAY_FIRST if self.day_first > self.month_first else Order.MONTH_FIRST
            return DateOrder(order, OrderReason.ROWS)
        if not self.ambiguous:
            return DateOrder(Order.DAY_FIRST, OrderReason.UNAMBIGUOUS)
        # The name leeds_05-06-2021.csv, in which the day comes first, and the row 06/05/2021 -> month first.
        is_day_first = named_day in {real_date(year, second, first) for year, first, second in self.ambiguous}
        is_month_first = named_day in {
            real_date(year, first, second) for year, first, second in self.ambiguous
        }
        if is_day_first != is_month_first:
            return DateOrder(Order.DAY_FIRST if is_day_first else Order.MONTH_FIRST, OrderReason.FILE_NAME)
        if is_month_first_store:
            return DateOrder(Order.MONTH_FIRST, OrderReason.STORE)
        return DateOrder(Order.DAY_FIRST, OrderReason.DEFAULT)
