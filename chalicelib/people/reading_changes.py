"""What changed between the ways in which two files of a store were read, in sentences. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple, Self

READING: Final = re.compile(
    # Format base with a header; columns date and time, store, …, card (dropped); UTF-8; dates day first, as …
    r"Format (?P<format>[^;]*?) (?P<header>with|without) a header; columns (?P<columns>[^;]*);"
    r"(?: store [^;]*;)?(?: columns separated by (?P<separator>[^;]*);)?"
    r" (?P<encoding>[^;]*); dates (?P<first>day|month) first"
)
NOT_READ: Final = "not read"
COMMAS: Final = "commas"
MARK: Final = re.compile(r" \((?:dropped|inferred)\)")


class Reading(NamedTuple):
    """A text of the ledger's column `reading`, as far as it is compared."""

    format: str
    has_header: bool
    columns: tuple[str, ...]
    inferred: frozenset[str]
    separator: str
    """What separates columns, and whether decimals have commas."""
    encoding: str
    first: str
    """`day` or `month`: the one that comes first in dates."""

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return the parts of a text; None if it is another release's, or empty."""
        match = READING.match(text)
        if match is None:
            return None
        names = [name for name in match["columns"].split(", ") if name != NOT_READ]
        return cls(
            match["format"],
            match["header"] == "with",
            tuple(MARK.sub("", name) for name in names),
            frozenset(MARK.sub("", name) for name in names if name.endswith(" (inferred)")),
            match["separator"] or COMMAS,
            match["encoding"],
            match["first"],
        )


def changes(before: str, now: str, since: date) -> list[str]:
    """Return what is read in another way than in a store's last file, which is of the day `since`."""
    earlier, later = Reading.of(before), Reading.of(now)
    if earlier is None or later is None:
        return []
    return [f"{words} since {since:%d/%m/%Y}." for words in _changes(earlier, later)]


def _changes(before: Reading, now: Reading) -> Iterator[str]:
    """Yield each change as a sentence that ends in the day since when it holds."""
    yield from _column_changes(before, now)
    if before.has_header != now.has_header:
        yield "The file has a header" if now.has_header else "The header is gone"
    elif before.format != now.format:
        yield f"The headings are those of {now.format}, not of {before.format},"
    if before.separator != now.separator:
        yield f"The columns are separated by {now.separator}, not by {before.separator},"
    if before.encoding != now.encoding:
        yield f"The file is in {now.encoding}, not in {before.encoding},"
    if before.first != now.first:
        yield f"The {now.first} comes first in dates, not the {before.first},"


def _column_changes(before: Reading, now: Reading) -> Iterator[str]:
    yield from (f"The column of the {name} is gone" for name in before.columns if name not in now.columns)
    yield from (f"There is a column of the {name}" for name in now.columns if name not in before.columns)
    for name in sorted(now.inferred - before.inferred):
        if name in before.columns:
            yield f"The heading of the {name} is not known, so the values below it decide"
    if set(before.columns) == set(now.columns) and before.columns != now.columns:
        yield "The columns are in another order"
