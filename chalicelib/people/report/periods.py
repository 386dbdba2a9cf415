"""The days that a report looks back on. Pure."""

from datetime import date, timedelta
from typing import Final

WEEK: Final = timedelta(weeks=1)
WEEKS: Final = 4
"""The weeks that are shown, and of whose weekdays an average is taken."""

LEDGER_DAYS: Final = 14


def four_weeks(day: date) -> list[date]:
    """Return the 28 days up to a day."""
    return days_up_to(day, WEEKS * 7)


def ledger_days(day: date) -> list[date]:
    """Return the days that the ledger shows: the last 14 up to a day."""
    return days_up_to(day, LEDGER_DAYS)


def same_weekdays(day: date) -> list[date]:
    """Return the same weekday in each of the four weeks before, last week's first."""
    return [day - number * WEEK for number in range(1, WEEKS + 1)]


def days_up_to(day: date, count: int) -> list[date]:
    """Return this number of days, the last of which is a day."""
    return [day - timedelta(days=back) for back in reversed(range(count))]
