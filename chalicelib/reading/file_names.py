"""What a file's name says of its sales: store and day, a second witness beside the rows. Pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

DAY: Final = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<day>[0-9]{1,2})([-_. ])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{4})"
    r"|(?P<first_year>[0-9]{4})([-_. ])(?P<later_month>[0-9]{1,2})\6(?P<last_day>[0-9]{1,2})"
    r")(?![0-9])"
)
YEAR_FIRST: Final = ("first_year", "later_month", "last_day")
EXTENSIONS: Final = re.compile(r"(?i)(\s*\((in|[0-9]+)\))?(\.csv|\.gz|\.zip|\.txt)*$")
"""Excel and browsers put something in brackets behind a name."""
LETTERS: Final = re.compile(r"[^\W\d_]+")
NO_STORES: Final = frozenset(
    {"csv", "daily", "data", "day", "export", "report", "sales", "till", "transactions"}
)
"""Words of which a name says nothing of a store."""


def named_day(object_key: str) -> date | None:
    """Return the first day in a file's name, in which the day precedes the month unless the year comes first.

    A time of day behind it is none: it is not what stands first.
    """
    name = object_key.rpartition("/")[2]
    found = DAY.search(name)
    while found:
        numbers = found.group("year", "month", "day") if found["day"] else found.group(*YEAR_FIRST)
        try:
            return date(*map(int, numbers))
        except ValueError:
            found = DAY.search(name, found.start() + 1)
    return None


def remarks(object_key: str, stores: Iterable[str], days: Iterable[str]) -> list[str]:
    """Return what the name says otherwise than the rows, whose stores and days (ISO dates) these are.

    A name without a day is of the store's own making and no witness; folders may name the store.
    """
    day, said = named_day(object_key), _letters(object_key)
    if day is None:
        return []
    told = []
    if _may_name_store(object_key) and not any(_letters(store) in said for store in stores):
        told.append("The file's name names a different store from its rows.")
    known = sorted(days)
    if day.isoformat() not in known:
        rows = known[0] if len(known) == 1 else f"days from {known[0]} to {known[-1]}"
        told.append(f"The file's name says {day.isoformat()}, but its rows say {rows}.")
    return told


def _may_name_store(object_key: str) -> bool:
    """Tell whether there is a word beside the day in a file's name that says not just what it is."""
    name = DAY.sub(" ", EXTENSIONS.sub("", object_key.rpartition("/")[2]))
    return not NO_STORES.issuperset(LETTERS.findall(name.casefold()))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))
