"""What a file's name says of its sales: store and day, a second witness beside the rows. Pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

YEAR_FIRST: Final = re.compile(r"(?<![0-9])([0-9]{4})[-_. ]([0-9]{1,2})[-_. ]([0-9]{1,2})(?![0-9])")
DAY_FIRST: Final = re.compile(r"(?<![0-9])([0-9]{1,2})[-_. ]([0-9]{1,2})[-_. ]([0-9]{4})(?![0-9])")
EXTENSIONS: Final = re.compile(r"(?i)(\s*\((in|[0-9]+)\))?(\.csv|\.gz|\.zip|\.txt)*$")
"""Excel and browsers put something in brackets behind a name."""


def named_day(object_key: str) -> date | None:
    """Return the day in a file's name, in which the day precedes the month unless the year comes first."""
    name = object_key.rpartition("/")[2]
    for pattern, places in ((YEAR_FIRST, (1, 2, 3)), (DAY_FIRST, (3, 2, 1))):
        for found in pattern.finditer(name):
            try:
                return date(*(int(found[place]) for place in places))
            except ValueError:
                continue
    return None


def remarks(object_key: str, stores: Iterable[str], days: Iterable[str]) -> list[str]:
    """Return what the name says otherwise than the rows, whose stores and days (ISO dates) these are.

    A name without a day is of the store's own making and no witness.
    """
    day, said = named_day(object_key), _letters(_without_days(object_key))
    if day is None:
        return []
    told = []
    if said and not any(_letters(store) in said for store in stores):
        told.append("The file's name speaks of another store than its rows.")
    known = sorted(days)
    if day.isoformat() not in known:
        rows = known[0] if len(known) == 1 else f"days from {known[0]} to {known[-1]}"
        told.append(f"The file's name says {day.isoformat()}, its rows say {rows}.")
    return told


def _without_days(object_key: str) -> str:
    return DAY_FIRST.sub(" ", YEAR_FIRST.sub(" ", EXTENSIONS.sub("", object_key)))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))
