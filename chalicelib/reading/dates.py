"""One date as stores write it: the year first, or last after day and month in either order. Pure."""

import re
from datetime import date
from enum import StrEnum
from typing import Final

YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
BEGINS_WITH_DATE: Final = re.compile(
    rf"\s*(?:\"\s*)?(?:{YEAR_FIRST.pattern}|[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}})"
)
r"""The beginning of a line that is a sale.

The spaces after a quotation mark stand in its group: `\s*\"?\s*` would try all ways to share a run of spaces between
its two ends, so that the time would grow with the square of the run.
"""
TIMESTAMP: Final = re.compile(r"(\S+?)(?:[Tt]|\s+)([0-9].*)", re.DOTALL)


class Order(StrEnum):
    """Which number comes first in a date whose year comes last."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


def halves(timestamp: str) -> tuple[str, str]:
    """Return the date and the time of day of a timestamp, both as text; the time is empty if there is none."""
    match = TIMESTAMP.fullmatch(timestamp.strip())
    return (match[1], match[2]) if match else (timestamp.strip(), "")


def year_and_numbers(timestamp: str) -> tuple[int, int, int] | None:
    """Return the year and the two numbers before it, one of which is the day; None if the year is not last."""
    match = YEAR_LAST.fullmatch(halves(timestamp)[0])
    return (int(match[4]), int(match[1]), int(match[3])) if match else None


def day(text: str, order: Order) -> date | None:
    """Return a date; None if the text is not a date in this order."""
    # "05/06/2021" -> 5 June with the day first, 6 May with the month first; "2021-06-05" -> 5 June with either
    if match := YEAR_FIRST.fullmatch(text):
        return real_date(int(match[1]), int(match[3]), int(match[4]))
    if numbers := year_and_numbers(text):
        year, first, second = numbers
        return real_date(year, second, first) if order is Order.DAY_FIRST else real_date(year, first, second)
    return None


def is_day(text: str) -> bool:
    """Tell whether a text is a date in either order."""
    return any(day(text.strip(), order) for order in Order)


def real_date(year: int, month: int, day: int) -> date | None:
    """Return a date, None if the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
