"""Where a file has its columns: told by a header's words or, without one, by what the values look like. Pure."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading import dates, fields
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import SYNONYMS, Column, Format

HALVES: Final = frozenset({Column.SOLD_ON, Column.SOLD_TIME})
NEEDED: Final = {
    Column.SOLD_AT: "date and time",
    Column.STORE_NAME: "store",
    Column.CUSTOMER_NAME: "customer's name",
    Column.BASKET: "items",
    Column.TOTAL_PRICE: "total",
    Column.PAYMENT_TYPE: "payment",
}
"""What a header has to name, in words."""

WORDS: Final = NEEDED | {
    Column.SOLD_ON: "day",
    Column.SOLD_TIME: "time",
    Column.CARD_NUMBER: "card (dropped)",
}

KNOWN_HEADINGS: Final = 3
"""A row of so many known headings is a header."""

SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}

NO_TABLE: Final = 2
"""So many columns, or fewer, have the rows of a file that is separated by something else."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file from left to right; None for one that is not read."""

    name: str
    """The format's; `other headings` where a header mixes several formats' words."""
    columns: tuple[Column | None, ...]
    has_header: bool

    def place(self, *wanted: Column) -> list[int]:
        """Return where columns are that the file has."""
        return [self.columns.index(column) for column in wanted if column in self.columns]

    def __str__(self) -> str:
        """Tell people what it is."""
        columns = ", ".join(WORDS[column] if column else "not read" for column in self.columns)
        return f"{self.name} {'with' if self.has_header else 'without'} a header; columns {columns}"

    def is_like(self, other: "Layout") -> bool:
        """Tell whether both have all columns in the same places; payment and total may stand for each other."""
        return [_either(column) for column in self.columns] == [_either(column) for column in other.columns]

    @property
    def moment(self) -> list[int]:
        """Where the date and time is: one place, or a day's and a time's."""
        return self.place(Column.SOLD_AT) or self.place(Column.SOLD_ON, Column.SOLD_TIME)


def _either(column: Column | None) -> Column | None:
    return Column.TOTAL_PRICE if column is Column.PAYMENT_TYPE else column


def recognise(rows: Iterator[Sequence[str]], formats: tuple[Format, ...]) -> Layout:
    """Return the layout that the rows at a file's head show; raise `SourceFileError` if they show none of ours."""
    seen: list[Sequence[str]] = []
    for row in rows:
        if is_blank(row):
            continue
        seen.append(row)
        if layout := of_header(row, formats) or _of_values(row, formats):
            return layout
        if row is seen[0] and _may_be_header(row):
            break
    if not seen:
        raise SourceFileError("empty", "The file is empty.")
    _raise_separator([*seen, *rows])
    if _may_be_header(seen[0]):
        raise SourceFileError(
            "unknown_header", "The first row looks like a header, but few of its headings are known."
        )
    raise SourceFileError(
        "unrecognised", "The file is not a list of sales: no row at its start has the columns of a sale."
    )


def of_header(row: Sequence[str], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout that a header tells, None if the row is no header.

    Raise `SourceFileError` if it is one and says not where everything is; unknown headings are not quoted, for what
    looks like a header may be a row gone wrong.
    """
    known = _known(formats)
    words = tuple(map(word, row))
    if sum(heading in known for heading in words) < KNOWN_HEADINGS:
        return None
    columns = _columns([known.get(heading, frozenset()) for heading in words])
    for column, name in NEEDED.items():
        found = columns.count(column) or (column is Column.SOLD_AT and set(columns) >= HALVES)
        if not found:
            raise SourceFileError("unknown_header", f"The header has no known heading for the {name}.")
    twice = [column for column in Column if columns.count(column) > 1]
    if twice:
        name = NEEDED.get(twice[0], "card number")
        raise SourceFileError("unknown_header", f"The header has two headings for the {name}.")
    return Layout(_name(words, formats), tuple(columns), has_header=True)


def is_blank(row: Sequence[str]) -> bool:
    """Tell whether a row holds nothing."""
    return not any(map(str.strip, row))


def word(heading: str) -> str:
    """Return a heading as it is compared: its letters and digits, case aside."""
    return "".join(filter(str.isalnum, heading.casefold()))


def _headings(header: str) -> tuple[str, ...]:
    return tuple(map(word, next(csv.reader([header]), [])))


@cache
def _known(formats: tuple[Format, ...]) -> dict[str, frozenset[Column]]:
    """Return what each known heading may stand for."""
    found: dict[str, set[Column]] = {}
    for fmt in formats:
        for heading, column in zip(_headings(fmt.header), fmt.columns, strict=False):
            if column:
                found.setdefault(heading, set()).add(column)
    for column, headings in SYNONYMS.items():
        for heading in headings:
            found.setdefault(word(heading), set()).add(column)
    return {heading: frozenset(columns) for heading, columns in found.items()}


def _columns(candidates: list[frozenset[Column]]) -> list[Column | None]:
    """Choose a column for each heading: a date and a time are two columns; either alone is the moment."""
    halves = {half for found in candidates for half in found & HALVES}
    aside = frozenset({Column.SOLD_AT}) if halves == HALVES else HALVES
    chosen = [found - aside if len(found) > 1 else found for found in candidates]
    return [next(iter(found)) if len(found) == 1 else None for found in chosen]


def _name(words: tuple[str, ...], formats: tuple[Format, ...]) -> str:
    same = (fmt.name for fmt in formats if set(_headings(fmt.header)) == set(words))
    return next(same, "other headings")


def _of_values(row: Sequence[str], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout of the format under which most of a row's values can be read, all but one at least."""
    candidates = [fmt for fmt in formats if (not fmt.header or fmt.is_header_optional)]
    readable = [(_readable(row, fmt), fmt) for fmt in candidates]
    most = max((count for count, _ in readable), default=0)
    if not most:
        return None
    fmt = next(fmt for count, fmt in readable if count == most)
    return Layout(fmt.name, fmt.columns, has_header=False)


def _readable(row: Sequence[str], fmt: Format) -> int:
    """Count the values of a row that are what the format has in their place: one bad field does not hide a format."""
    width = len(fmt.columns)
    if len(row) < width - (fmt.columns[-1] is Column.CARD_NUMBER) or not is_blank(row[width:]):
        return 0
    values = dict(zip(fmt.columns, row, strict=False))
    told = [not isinstance(fields.total_price(values[Column.TOTAL_PRICE]), Fault)]
    told.append(not isinstance(fields.payment_type(values[Column.PAYMENT_TYPE]), Fault))
    if Column.SOLD_AT in values:
        told.append(dates.is_moment(values[Column.SOLD_AT]))
    else:
        told += [dates.is_day(values[Column.SOLD_ON]), dates.is_time(values[Column.SOLD_TIME])]
    return sum(told) if told.count(False) <= 1 else 0


def _may_be_header(row: Sequence[str]) -> bool:
    """Tell a header from a row gone wrong: nothing in it begins like a date or an amount."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return len(filled) >= KNOWN_HEADINGS and not any(cell[0].isdigit() or cell[0] == "£" for cell in filled)


def _raise_separator(rows: Sequence[Sequence[str]]) -> None:
    for separator, name in SEPARATORS.items():
        if all(len(row) <= NO_TABLE or row[0].count(separator) for row in rows) and any(
            ",".join(row).count(separator) >= KNOWN_HEADINGS for row in rows
        ):
            raise SourceFileError(
                "wrong_separator",
                f"The columns are separated by {name}; save the file as CSV separated by commas.",
            )
