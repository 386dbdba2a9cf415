"""How a line begins that is a row of its own, though a quotation mark before it was never closed. Pure."""

import csv
from contextlib import suppress

from chalicelib.reading.dates import BEGINS_WITH_DATE
from chalicelib.reading.layouts import Layout
from chalicelib.reading.multiline_rows import IsRowStart


def row_start(layout: Layout, separator: str = ",") -> IsRowStart:
    """Return a function that tells whether a line begins like a row of this layout: with a date in its place.

    A line that begins with a date is a row in any layout: the rows of another format may stand below.
    """
    day, width = layout.timestamp_places[0], len(layout.columns)
    if day == 0:
        return BEGINS_WITH_DATE.match
    return lambda line: bool(BEGINS_WITH_DATE.match(line)) or _has_date(line, day, width, separator)


def _has_date(line: str, day: int, width: int, separator: str) -> bool:
    """Tell whether a line by itself has nearly enough cells to be a row, and a date at this place."""
    # `7,25/08/2021 09:00,Leeds,Jo Bloggs,…` has a date at place 1. The card may be left out.
    with suppress(csv.Error):
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        return day < len(cells) >= width - 1 and bool(BEGINS_WITH_DATE.match(f"{cells[day]}{separator}"))
    return False
