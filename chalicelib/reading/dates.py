"""Dates and times as stores write them, and whether the day or the month comes first: decided once a file. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from chalicelib.reading.fields import MEMORY, Fault
from chalicelib.reading.formats import TIME_EXAMPLE, Column

YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
BEGINS_WITH_DAY: Final = re.compile(
    rf"\s*\"?\s*(?:{YEAR_FIRST.pattern}|[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}})"
)
CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?: ?([AaPp])[Mm])?")
MOMENT: Final = re.compile(r"(\S+?)(?:[Tt]|\s+)([0-9].*)", re.DOTALL)
HALF_A_DAY: Final = 12

EARLIEST: Final = date(2000, 1, 1)
LATENESS: Final = timedelta(days=1)
"""How far a till's clock may be ahead of the upload."""

UNREADABLE: Final = Fault(
    Column.SOLD_AT, "bad_time", f"The date and time is not one, or not written like {TIME_EXAMPLE}."
)
OUT_OF_RANGE: Final = Fault(
    Column.SOLD_AT, "time_out_of_range", "The date is before the year 2000, or later than the file itself."
)


class Order(StrEnum):
    """What comes first in a date whose year comes last."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class Grounds(StrEnum):
    """Who says so."""

    PLAIN = "none can be read in two ways"
    ROWS = "so its rows show"
    FILE_NAME = "so its name says"
    STORE = "so it is laid down for the store"
    CUSTOM = "which nothing but custom says"


@dataclass(frozen=True, slots=True)
class Dates:
    """How the dates of a file are read."""

    order: Order
    grounds: Grounds

    def __str__(self) -> str:
        """Tell people how they are read."""
        return f"dates {self.order}, {self.grounds}"

    @property
    def remark(self) -> str:
        """What the ledger has to say of it; empty where the file itself tells."""
        if self.grounds in {Grounds.STORE, Grounds.CUSTOM}:
            return f"Its dates can be read in two ways; they were read {self.order}, {self.grounds}."
        return ""


@dataclass
class Evidence:
    """What the moments of a file show: how many are dates with the day first alone, or with the month first alone."""

    day_first: int = 0
    month_first: int = 0
    ambiguous: set[tuple[int, int, int]] = field(default_factory=set)
    """Year and the two numbers, of dates that are two different ones."""

    def add(self, texts: Iterable[str]) -> None:
        """Add the different texts of a column."""
        for text, count in Counter(text.partition(" ")[0] for text in texts).items():
            if numbers := _year_last(text):
                self._weigh(*numbers, count)

    def _weigh(self, year: int, first: int, second: int, count: int) -> None:
        as_day_first, as_month_first = _date(year, second, first), _date(year, first, second)
        self.day_first += count if as_day_first and not as_month_first else 0
        self.month_first += count if as_month_first and not as_day_first else 0
        if as_day_first and as_month_first and first != second:
            self.ambiguous.add((year, first, second))

    @property
    def decides(self) -> bool:
        """Whether the rows alone tell the order."""
        return self.day_first != self.month_first

    def decide(self, named: date | None, *, is_month_first_store: bool) -> Dates:
        """Return the order: as the rows show, else the day in the file's name, else the store's rule, else custom."""
        if self.decides:
            order = Order.DAY_FIRST if self.day_first > self.month_first else Order.MONTH_FIRST
            return Dates(order, Grounds.ROWS)
        if not self.ambiguous:
            return Dates(Order.DAY_FIRST, Grounds.PLAIN)
        is_day_first = named in {_date(year, second, first) for year, first, second in self.ambiguous}
        is_month_first = named in {_date(year, first, second) for year, first, second in self.ambiguous}
        if is_day_first != is_month_first:
            return Dates(Order.DAY_FIRST if is_day_first else Order.MONTH_FIRST, Grounds.FILE_NAME)
        if is_month_first_store:
            return Dates(Order.MONTH_FIRST, Grounds.STORE)
        return Dates(Order.DAY_FIRST, Grounds.CUSTOM)


def moment_reader(order: Order, uploaded_at: datetime) -> Callable[[str], str | Fault]:
    """Return what reads a date and time into `YYYY-MM-DD HH:MM:SS`; days and times it reads once each."""
    latest = uploaded_at.date() + LATENESS

    @lru_cache(MEMORY)
    def day_of(text: str) -> str | Fault:
        day = _day(text, order)
        if day is None:
            return UNREADABLE
        return day.isoformat() if EARLIEST <= day <= latest else OUT_OF_RANGE

    def read(text: str) -> str | Fault:
        day_text, _, clock_text = text.partition(" ")
        day, clock = day_of(day_text), _clock(clock_text)
        if day is UNREADABLE or not clock:
            day_text, clock_text = _halves(text)
            day, clock = day_of(day_text), _clock(clock_text)
        if isinstance(day, Fault):
            return day
        return f"{day} {clock}" if clock else UNREADABLE

    return read


def is_moment(text: str) -> bool:
    """Tell whether a text is a date and time, in any order."""
    day, clock = _halves(text)
    return is_day(day) and is_time(clock)


def is_day(text: str) -> bool:
    """Tell whether a text is a date, in any order."""
    return any(_day(text.strip(), order) for order in Order)


def is_time(text: str) -> bool:
    """Tell whether a text is a time of day."""
    return bool(_clock(text.strip()))


def _halves(text: str) -> tuple[str, str]:
    found = MOMENT.fullmatch(text.strip())
    return (found[1], found[2]) if found else (text.strip(), "")


def _year_last(text: str) -> tuple[int, int, int] | None:
    found = YEAR_LAST.fullmatch(_halves(text)[0])
    return (int(found[4]), int(found[1]), int(found[3])) if found else None


def _day(text: str, order: Order) -> date | None:
    if found := YEAR_FIRST.fullmatch(text):
        return _date(int(found[1]), int(found[3]), int(found[4]))
    if numbers := _year_last(text):
        year, first, second = numbers
        return _date(year, second, first) if order is Order.DAY_FIRST else _date(year, first, second)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(MEMORY)
def _clock(text: str) -> str:
    """Return `HH:MM:SS`; empty if it is no time of day."""
    found = CLOCK.fullmatch(text)
    if found is None:
        return ""
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        return time(_of_half_a_day(hour, found[4]) if found[4] else hour, minute, second).isoformat()
    except ValueError:
        return ""


def _of_half_a_day(hour: int, half: str) -> int:
    if not 1 <= hour <= HALF_A_DAY:
        raise ValueError("no clock shows this hour")
    return hour % HALF_A_DAY + (HALF_A_DAY if half in "Pp" else 0)
