"""One date as stores write it: the year first or last, the month as a number or in words. Pure."""

import re
from datetime import date
from enum import StrEnum
from typing import Final

YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
"""A year of two digits is one from 2000 to 2099."""
CENTURY: Final = "20"

MONTHS: Final = {
    word[:length]: number
    for number, word in enumerate(
        (
            *("january", "february", "march", "april", "may", "june"),
            *("july", "august", "september", "october", "november", "december"),
        ),
        1,
    )
    for length in (3, 4, len(word))
}
"""The number of each month by its name, whole or cut to three or four letters: `sept`."""
WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?[ ])?"
MONTH: Final = r"(?P<month>[a-z]{3,9})\.?"
MONTH_IN_WORDS: Final = tuple(
    re.compile(WEEKDAY + pattern, re.IGNORECASE)
    for pattern in (
        # `25-Mar-2021`, `25 March 21`, `25th Mar, 2021`, `25Mar2021`
        rf"(?P<day>[0-9]{{1,2}})(?:st|[nr]d|th)?[-/. ]?{MONTH}[-/. ,]{{0,2}}(?P<year>[0-9]{{4}}|[0-9]{{2}})",
        # `Mar 25, 2021`, `March 25th 2021`
        rf"{MONTH}[-/. ]?(?P<day>[0-9]{{1,2}})(?:st|[nr]d|th)?(?:,[ ]?|[-/. ])(?P<year>[0-9]{{4}})",
        # `2021-Mar-25`
        rf"(?P<year>[0-9]{{4}})[-/. ]?{MONTH}[-/. ]?(?P<day>[0-9]{{1,2}})",
    )
)

BEGINS_WITH_DATE: Final = re.compile(
    rf"\s*(?:\"\s*)?(?:{YEAR_FIRST.pattern}|[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{2}}(?:[0-9]{{2}})?(?![0-9])"
    rf"|{MONTH_IN_WORDS[0].pattern}[ ,;|\tT\"]"
    rf"|[3-7][0-9]{{4}}(?:\.[0-9]{{1,15}}[,;|\t\"]|,[0-9]{{1,15}}[;|\t\"]))",
    re.IGNORECASE,
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
    return (match[1].rstrip(","), match[2]) if match else (timestamp.strip(), "")


def year_and_numbers(timestamp: str) -> tuple[int, int, int] | None:
    """Return the year and the two numbers before it, one of which is the day; None if the year is not last."""
    match = YEAR_LAST.fullmatch(halves(timestamp)[0].rstrip(","))
    return (_year(match[4]), int(match[1]), int(match[3])) if match else None


def day(text: str, order: Order) -> date | None:
    """Return a date; None if the text is not a date in this order."""
    # "05/06/2021" -> 5 June with the day first, 6 May with the month first; "2021-06-05" -> 5 June with either
    if match := YEAR_FIRST.fullmatch(text):
        return real_date(int(match[1]), int(match[3]), int(match[4]))
    if numbers := year_and_numbers(text):
        year, first, second = numbers
        return real_date(year, second, first) if order is Order.DAY_FIRST else real_date(year, first, second)
    return day_in_words(text)


def day_in_words(text: str) -> date | None:
    """Return a date whose month is a word, such as `25-Mar-2021`; None for any other text."""
    for pattern in MONTH_IN_WORDS:
        if (match := pattern.fullmatch(text)) and (month := MONTHS.get(match["month"].lower())):
            return real_date(_year(match["year"]), month, int(match["day"]))
    return None


def is_day(text: str) -> bool:
    """Tell whether a text is a date in either order."""
    stripped = text.strip()
    return bool(day(stripped, Order.DAY_FIRST) or day(stripped, Order.MONTH_FIRST))


def real_date(year: int, month: int, day: int) -> date | None:
    """Return a date, None if the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(digits: str) -> int:
    return int(digits if len(digits) > len(CENTURY) else CENTURY + digits)
