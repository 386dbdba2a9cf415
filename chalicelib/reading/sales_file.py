"""A store's file, recognised and read block by block into sales and refused rows. Pure but for reading the stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Final

import numpy as np
import pandas as pd

from chalicelib.errors import SourceFileError
from chalicelib.reading import layouts
from chalicelib.reading.columns import READ, Columns, Reader, read_columns
from chalicelib.reading.csv_rows import UNDECODABLE, Block, Rows, blocks, head, leading_rows, rows
from chalicelib.reading.dates import BEGINS_WITH_DAY, Dates, Evidence, moment_reader
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import Column, Format
from chalicelib.reading.layouts import Layout

UNREADABLE: Final = Fault(
    "", "open_quote", "A quotation mark in this line is never closed, or a field is far too long."
)

LAYOUTS: Final = 20
"""What a file may have: what is left of a block is read anew from each header that puts a column elsewhere."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a file.

    `sales` has line_number, sold_at (ISO text), store_name, customer_name, basket (text), total_price (pence)
    and payment_type; `faults` says by line number why the other rows are refused.
    """

    sales: pd.DataFrame
    faults: dict[int, Fault]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What tells of a file's dates besides its rows."""

    uploaded_at: datetime
    named_day: date | None = None
    """The day in the file's name."""
    month_first_stores: frozenset[str] = frozenset()


@dataclass
class SalesFile:
    """A file that is read, and how: the layouts grow with the headers that it has."""

    content: IO[bytes]
    witnesses: Witnesses
    formats: tuple[Format, ...]
    layouts: list[Layout]
    dates: Dates
    begun: dict[int, tuple[Rows, bytes]]
    """What has been read to see how it is written, by the first line of its block."""
    is_windows: bool = False
    """Whether lines in Windows-1252 have been read."""

    def __str__(self) -> str:
        """Tell people how it was read."""
        encoding = "Windows-1252" if self.is_windows else "UTF-8"
        told = [f"Format {self.layouts[0]}", encoding, str(self.dates)]
        return "; ".join([*told, *(f"then {layout}" for layout in self.layouts[1:])]) + "."


def recognise(content: IO[bytes], witnesses: Witnesses, formats: tuple[Format, ...]) -> SalesFile:
    """Return what is to be read; raise `SourceFileError` if it is no file of sales."""
    first = head(content)
    try:
        layout = layouts.recognise(leading_rows(first), formats)
    except SourceFileError as exc:
        if exc.reason == "unrecognised" and any(UNDECODABLE in line for line in first.lines):
            raise SourceFileError(
                "not_text", "The file is not text in UTF-8 or Windows-1252, so it is no CSV file."
            ) from exc
        raise
    begun: dict[int, tuple[Rows, bytes]] = {}
    dates = _dates(content, layout, witnesses, begun)
    return SalesFile(content, witnesses, formats, [layout], dates, begun)


def _dates(
    content: IO[bytes], layout: Layout, witnesses: Witnesses, begun: dict[int, tuple[Rows, bytes]]
) -> Dates:
    """Return the order of day and month, as the first block of rows shows it that shows one.

    The first block is read whole and kept in `begun`: most files have no other.
    """
    day, store = layout.moment[0], layout.place(Column.STORE_NAME)[0]
    wanted = {day, store} if witnesses.month_first_stores else {day}
    evidence, stores, rest = Evidence(), set[str](), b""
    for block in blocks(content):
        if begun:
            found, rest = rows(block.after(rest), len(layout.columns), wanted, BEGINS_WITH_DAY.match)
        else:
            found, rest = begun[block.first] = _rows(block, layout)
        evidence.add(pd.unique(found.cells[day]))
        if evidence.decides:
            break
        if store in wanted:
            stores.update(found.cells[store])
    names = {" ".join(name.split()) for name in stores}
    is_month_first = not names.isdisjoint(witnesses.month_first_stores)
    return evidence.decide(witnesses.named_day, is_month_first_store=is_month_first)


def read(file: SalesFile) -> Iterator[Chunk]:
    """Read a file in chunks; raise `SourceFileError` if a header in its midst cannot be understood."""
    reader, rest = moment_reader(file.dates.order, file.witnesses.uploaded_at), b""
    for block in blocks(file.content):
        left: Block | None = block.after(rest)
        while left:
            chunk, rest, left = _read_block(file, left, reader)
            yield chunk


def _read_block(file: SalesFile, block: Block, reader: Reader) -> tuple[Chunk, bytes, Block | None]:
    """Read a block as far as its layout goes; return the lines of a row that goes on behind it, and what is left."""
    layout = file.layouts[-1]
    begun = block.first in file.begun
    found, rest = file.begun.pop(block.first) if begun else _rows(block, layout)
    file.is_windows |= found.is_windows
    columns = read_columns(found, layout, reader)
    faults, change = _faults(found, columns, file)
    if change is None:
        return Chunk(columns.sales(found.numbers), faults), rest, None
    line, other = change
    chunk, _, _ = _read_block(file, block.up_to_line(line), reader)
    if len(file.layouts) == LAYOUTS:
        raise SourceFileError(
            "mixed_layouts",
            f"The file's columns change places more than {LAYOUTS - 1} times; send its parts as files of their own.",
        )
    file.layouts.append(other)
    return chunk, b"", block.from_line(line + 1)


def _rows(block: Block, layout: Layout) -> tuple[Rows, bytes]:
    """Read the columns of sales."""
    wanted = {*layout.moment, *layout.place(*READ)}
    return rows(block, len(layout.columns), wanted, BEGINS_WITH_DAY.match)


def _faults(
    found: Rows, columns: Columns, file: SalesFile
) -> tuple[dict[int, Fault], tuple[int, Layout] | None]:
    """Return the faults by line; and the first header that puts a column elsewhere, with its line."""
    layout = file.layouts[-1]
    faults = dict.fromkeys(found.unreadable, UNREADABLE)
    for place in np.flatnonzero(columns.is_bad).tolist():
        row, number = found.whole(place), int(found.numbers[place])
        if layouts.is_blank(row):
            continue
        header = layouts.of_header(row, file.formats)
        if header is None:
            faults[number] = _misfit(row, len(layout.columns)) or columns.fault(place)
        elif not header.is_like(layout):
            return {}, (number, header)
    return faults, None


def _misfit(row: list[str], width: int) -> Fault | None:
    """Return what is wrong with a row that has not all its columns, or more than blank ones behind them."""
    more = any(map(str.strip, row[width:]))
    if len(row) >= width and not more:
        return None
    return Fault("", "wrong_columns", f"The row has {len(row)} columns where {width} are expected.")
