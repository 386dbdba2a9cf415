"""The store and the day in a file's name, which are compared with those in its rows. Pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

# `leeds_25-08-2021_09-00-00.csv`, `leeds 2021.08.25.csv`; the same sign separates all three numbers.
DAY: Final = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<day>[0-9]{1,2})([-_. ])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{4})"
    r"|(?P<first_year>[0-9]{4})([-_. ])(?P<later_month>[0-9]{1,2})\6(?P<last_day>[0-9]{1,2})"
    r")(?![0-9])"
)
YEAR_FIRST: Final = ("first_year", "later_month", "last_day")
EXTENSIONS: Final = re.compile(r"(?i)(\s*\((in|[0-9]+)\))?(\.csv|\.gz|\.zip|\.txt)*$")
"""Extensions, with the additions of Excel and browsers: `sales (in).csv`, `sales (1).csv.gz`."""
LETTERS: Final = re.compile(r"[^\W\d_]+")
NO_STORES: Final = frozenset(
    {"csv", "daily", "data", "day", "export", "report", "sales", "till", "transactions"}
)
"""Words that say what a file is, and not which store sent it."""


def named_day(object_key: str) -> date | None:
    """Return the first date in a file's name, or None. The day comes before the month, unless the year is first.

    In `leeds_25-08-2021_09-00-00.csv` the time of day looks like a date too, but it does not come first.
    """
    name = object_key.rpartition("/")[2]
    match = DAY.search(name)
    while match:
        numbers = match.group("year", "month", "day") if match["day"] else match.group(*YEAR_FIRST)
        try:
            return date(*map(int, numbers))
        except ValueError:
            # `31-02-2021_leeds_2021-05-06.csv`: the calendar has no such day, so a later one counts.
            match = DAY.search(name, match.start() + 1)
    return None


def remarks(object_key: str, stores: Iterable[str], days: Iterable[str]) -> list[str]:
    """Return sentences that say where the name differs from the stores and the days (ISO dates) of the rows.

    A name without a day follows no pattern, so it does not name the store either. A folder may name the store.
    """
    day, letters = named_day(object_key), _letters(object_key)
    if day is None:
        return []
    sentences = []
    if _may_name_store(object_key) and not any(_letters(store) in letters for store in stores):
        sentences.append("The file's name gives a different store from its rows.")
    row_days = sorted(days)
    if day.isoformat() not in row_days:
        rows = row_days[0] if len(row_days) == 1 else f"days from {row_days[0]} to {row_days[-1]}"
        sentences.append(f"The file's name says {day.isoformat()}, but its rows say {rows}.")
    return sentences


def _may_name_store(object_key: str) -> bool:
    """Tell whether a file's name has a word, besides its day, that may be a store: one that is not in `NO_STORES`."""
    name = DAY.sub(" ", EXTENSIONS.sub("", object_key.rpartition("/")[2]))
    return not NO_STORES.issuperset(LETTERS.findall(name.casefold()))


def _letters(text: str) -> str:
    """Return a text's letters, case folded, so that `chester-le-street` matches `Chester le Street`."""
    return "".join(filter(str.isalpha, text.casefold()))


def is_rolling(object_key: str) -> bool:
    return named_day(object_key) is None
