"""A recognised file, read block by block into sales and rejected rows. Pure but for reading the stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chalicelib.errors import SourceFileError
from chalicelib.reading.columns import Columns, read_columns
from chalicelib.reading.csv_blocks import Block, blocks
from chalicelib.reading.csv_rows import Rows
from chalicelib.reading.fields import Fault, Reader
from chalicelib.reading.later_headers import is_would_be_header, later_layout
from chalicelib.reading.layouts import Layout, is_blank
from chalicelib.reading.multiline_rows import is_longer
from chalicelib.reading.punctuation import is_declaration
from chalicelib.reading.sales import Sales
from chalicelib.reading.sales_file import SalesFile, read_rows
from chalicelib.reading.timestamps import timestamp_reader
from chalicelib.reading.votes import FEW_ROWS

OPEN_QUOTE: Final = Fault(
    "", "open_quote", "A quotation mark in this line is never closed, or a field is far too long."
)

BAD_HEADER: Final = Fault(
    "",
    "bad_header",
    "The row looks like a header, but it lacks a column of a sale, has one twice, or differs from the rows below.",
)

MOST_LAYOUTS: Final = 20
"""The most layouts that a file may have.

At each header that moves a column, the rest of the block is read again: with many of them, the time would grow with
the square of the block's size.
"""


MOST_COUNTS: Final = 1000
"""The numbers of columns for which a fault is remembered: rows with the same number share it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The sales and the rejected rows of one part of a file.

    `sales` has the columns line_number, sold_at (ISO text), store_name, customer_name, basket (text), total_price
    (pence), payment_type and all optional columns; `faults` says by line number why the other rows are rejected.
    """

    sales: Sales
    faults: dict[int, Fault]


def read(file: SalesFile) -> Iterator[Chunk]:
    """Read a file in chunks; raise `SourceFileError` if a later header cannot be understood, but may move names."""
    reader, rest = timestamp_reader(file.date_order.order, file.hints.uploaded_at, file.zones), b""
    for block in blocks(file.content, file.punctuation):
        unread: Block | None = block.with_lines_before(rest)
        while unread:
            chunk, rest, unread = _read_block(file, unread, reader)
            yield chunk


def _read_block(file: SalesFile, block: Block, reader: Reader) -> tuple[Chunk, bytes, Block | None]:
    """Read a block up to the first header that changes the layout.

    Return its chunk, the lines of a row that continues after the block, and the rest, which has another layout.
    """
    layout = file.layouts[-1]
    # The first block was read when the file was recognised; its rows are used once, and then freed.
    is_read = block.first_line in file.rows_read
    rows, rest = file.rows_read.pop(block.first_line) if is_read else read_rows(block, layout)
    file.is_windows |= rows.is_windows
    columns = read_columns(rows, layout, reader)
    faults, change = _faults(rows, columns, file)
    if change is None:
        return Chunk(columns.sales(rows.line_numbers), faults), rest, None
    line, new_layout = change
    # If line 7 is a header with a new layout, lines 1 to 6 are one block, and the lines from 8 on another.
    chunk, _, _ = _read_block(file, block.up_to_line(line), reader)
    if len(file.layouts) == MOST_LAYOUTS:
        raise SourceFileError(
            "mixed_layouts",
            f"The file's columns change places more than {MOST_LAYOUTS - 1} times; split it into several files.",
        )
    file.layouts.append(new_layout)
    return chunk, b"", block.from_line(line + 1)


def _faults(
    rows: Rows, columns: Columns, file: SalesFile
) -> tuple[dict[int, Fault], tuple[int, Layout] | None]:
    """Return the faults by line number; also the line and layout of the first header that moves a column, if any.

    A header that is read as a sale always has a fault, so only the bad rows are searched for headers.
    """
    layout = file.layouts[-1]
    faults = dict.fromkeys(rows.open_quotes, OPEN_QUOTE)
    for place in columns.bad_places:
        row, number = rows.whole_row(place), rows.line_numbers[place]
        if is_blank(row) or is_declaration(row):
            continue
        if not is_would_be_header(row, file.layouts[0], file.formats):
            faults[number] = _wrong_columns(row, len(layout.columns)) or columns.fault(place)
            continue
        below = range(place + 1, min(place + 1 + FEW_ROWS, len(rows.line_numbers)))
        new_layout = later_layout(row, map(rows.whole_row, below), file.layouts, file.formats)
        if new_layout is None:
            faults[number] = BAD_HEADER
        elif not new_layout.is_like(layout):
            return {}, (number, new_layout)
    return faults, None


def _wrong_columns(row: list[str], width: int) -> Fault | None:
    """Return the fault of a row that lacks columns, or has text after the last one."""
    if len(row) >= width and not is_longer(row, width):
        return None
    return _wrong_count(len(row), width)


@lru_cache(MOST_COUNTS)
def _wrong_count(cells: int, width: int) -> Fault:
    return Fault("", "wrong_columns", f"The number of columns is {cells} instead of {width}.")
