"""The layout of a file, recognised by its first rows: by a header or, without one, by its values. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading import dates, fields, timestamps
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.headers import FEWEST_HEADINGS, header_layout
from chalicelib.reading.layouts import Layout, is_blank

SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}

FEW_COLUMNS: Final = 2
"""If a sign other than the comma separates the columns, `csv` finds no more than this many of them."""


def recognise(rows: Iterator[Sequence[str]], formats: tuple[Format, ...]) -> Layout:
    """Return the layout that the rows at a file's head show; raise `SourceFileError` if they show no known one."""
    seen: list[Sequence[str]] = []
    for row in rows:
        if is_blank(row):
            continue
        seen.append(row)
        if layout := header_layout(row, formats) or _layout_of_values(row, formats):
            return layout
        # The first row is a header, though an unknown one: the rows below it cannot change that.
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
        "unrecognised", "The file is not a list of sales: none of its first rows has the columns of a sale."
    )


def _layout_of_values(row: Sequence[str], formats: tuple[Format, ...]) -> Layout | None:
    """Return the layout of the format in which most of a row's values can be read, all but one at least."""
    candidates = [fmt for fmt in formats if not fmt.header or fmt.is_header_optional]
    counts = [(_count_readable(row, fmt), fmt) for fmt in candidates]
    most = max((count for count, _ in counts), default=0)
    if not most:
        return None
    fmt = next(fmt for count, fmt in counts if count == most)
    return Layout(fmt.name, fmt.columns, has_header=False)


def _count_readable(row: Sequence[str], fmt: Format) -> int:
    """Count the values of a row that can be read in a format's columns; 0 if more than one of them cannot.

    One bad value does not hide a format: `25/08/2021 09:00,Leeds,Jo Bloggs,Tea - 1.20,1.20,CHEQUE,` is still a row
    of the base format, to be rejected for its payment.
    """
    if len(row) < _fewest_cells(fmt) or not is_blank(row[len(fmt.columns) :]):
        return 0
    values = dict(zip(fmt.columns, row, strict=False))
    readable = [
        not isinstance(fields.total_price(values[Column.TOTAL_PRICE]), Fault),
        not isinstance(fields.payment_type(values[Column.PAYMENT_TYPE]), Fault),
    ]
    if Column.SOLD_AT in values:
        readable.append(timestamps.is_timestamp(values[Column.SOLD_AT]))
    else:
        readable += [dates.is_day(values[Column.SOLD_ON]), timestamps.is_time(values[Column.SOLD_TIME])]
    return sum(readable) if readable.count(False) <= 1 else 0


def _fewest_cells(fmt: Format) -> int:
    """Return the least number of cells of a row: those after the last needed column may be left out."""
    return max(place for place, column in enumerate(fmt.columns, 1) if column and column.is_needed)


def _may_be_header(row: Sequence[str]) -> bool:
    """Tell whether a row looks like a header: no cell of it begins like a date or an amount."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return len(filled) >= FEWEST_HEADINGS and not any(cell[0].isdigit() or cell[0] == "£" for cell in filled)


def _raise_separator(rows: Sequence[Sequence[str]]) -> None:
    """Raise `SourceFileError` if a sign other than the comma separates the columns."""
    # 25/08/2021 09:00;Leeds;Jo Bloggs;"Large Latte - 2,45";… -> few columns, the first of which has semicolons
    for separator, name in SEPARATORS.items():
        if all(len(row) <= FEW_COLUMNS or row[0].count(separator) for row in rows) and any(
            ",".join(row).count(separator) >= FEWEST_HEADINGS for row in rows
        ):
            raise SourceFileError(
                "wrong_separator",
                f"The columns are separated by {name}; save the file as CSV separated by commas.",
            )
