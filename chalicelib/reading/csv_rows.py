"""The rows of a block of lines, each numbered by its first line. Pure.

There are three ways to read a block. pandas reads a large one if each of its lines is a row, as in most files;
`csv` reads a small one; `multiline_rows` reads one in which rows span several lines or quotation marks are lost.
"""

import csv
import io
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.errors import EmptyDataError, ParserError, ParserWarning

from chalicelib.reading.csv_blocks import UNDECODABLE, Block, decoded
from chalicelib.reading.multiline_rows import IsRowStart, is_longer, multiline_rows

UNREAD: Final = "S1"
"""The type of cells that are not read: pandas makes no text of them."""


@dataclass(frozen=True)
class Rows:
    """Some rows, column by column."""

    line_numbers: Sequence[int]
    """The number of each row's first line."""
    cells: Sequence[Sequence[str]]
    """The texts of each column of the file; those of a column that is not read mean nothing."""
    longer_places: Sequence[int]
    """The places of rows that have text after the last column."""
    whole_row: Callable[[int], list[str]]
    """Returns all cells of a row by its place, as they came."""
    is_windows: bool
    """Whether lines were in Windows-1252."""
    is_clean: bool
    """Whether no cell has the character that stands for undecodable bytes."""
    open_quotes: Sequence[int] = ()
    """The numbers of lines that are not rows, since a quotation mark in them is never closed."""


def rows(block: Block, width: int, places: Collection[int], is_row_start: IsRowStart) -> tuple[Rows, bytes]:
    """Read the columns at some places of a block whose rows are `width` columns wide.

    Return also the lines of a row that continues after the block; they belong at the start of the next block.
    """
    # pandas would read a field of any length: a line would be a sale in a large file, but rejected in a small one.
    if block.is_small or block.has_long_line:
        return _rows_by_csv(block, width, is_row_start)
    result = _rows_by_pandas(block if block.is_utf8 else block.in_utf8(), width, places)
    if result is None:
        return _rows_by_csv(block, width, is_row_start)
    return replace(result, is_windows=not block.is_utf8), b""


def _rows_by_pandas(block: Block, width: int, places: Collection[int]) -> Rows | None:
    """Return a row for each line; None if a row takes several, has too many cells, or continues after the block."""
    # There is one column more than the file has: a row with content in it is too long.
    types: dict[int, Any] = {place: object if place in places else UNREAD for place in range(width + 1)}
    try:
        with warnings.catch_warnings(action="error", category=ParserWarning):  # a first row that is cut
            cells = pd.read_csv(
                io.BytesIO(block.content),
                sep=block.punctuation.separator,
                header=None,
                names=range(width + 1),
                index_col=False,
                dtype=types,
                na_filter=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                engine="c",
                low_memory=False,
            )
    except (ParserError, ParserWarning, EmptyDataError):
        return None
    # pandas does not say which lines a row took. Fewer rows than lines: some row took several.
    if len(cells) != block.line_count:
        return None

    def whole_row(place: int) -> list[str]:
        line = decoded(block.raw_lines[place])
        return next(csv.reader([line], delimiter=block.punctuation.separator, skipinitialspace=True), [])

    # `S1` cells have one byte, which may be a blank: the few rows that have one are read in full.
    longer_places = [
        place for place in np.flatnonzero(cells[width] != b"").tolist() if is_longer(whole_row(place), width)
    ]
    columns = [cells[place].tolist() if place in places else [] for place in range(width)]
    line_numbers = range(block.first_line, block.first_line + block.line_count)
    return Rows(line_numbers, columns, longer_places, whole_row, is_windows=False, is_clean=block.is_clean)


def _rows_by_csv(block: Block, width: int, is_row_start: IsRowStart) -> tuple[Rows, bytes]:
    whole_rows = block.row_of_each_line
    numbers: Sequence[int] = range(block.first_line, block.first_line + len(whole_rows))
    open_quotes: list[int] = []
    rest = b""
    # There is none if a row takes several lines or may continue after the block, or if `csv` cannot read a line.
    if not whole_rows:
        numbered, rest = multiline_rows(block, width, is_row_start)
        whole_rows = [row for _, row in numbered if row is not None]
        numbers = [number for number, row in numbered if row is not None]
        open_quotes = [number for number, row in numbered if row is None]
    if not all(whole_rows):  # empty lines are no rows: a file may have millions of them
        numbers = [number for number, row in zip(numbers, whole_rows, strict=True) if row]
        whole_rows = list(filter(None, whole_rows))
    # Each row is cut or padded to the width, so that rows can be turned into columns:
    # ["25/08/2021 09:00", "Leeds", …, "CASH"] -> ["25/08/2021 09:00", "Leeds", …, "CASH", ""]
    fitted, longer_places = whole_rows, list[int]()
    if set(map(len, whole_rows)) - {width}:
        fitted = [[*row[:width], *[""] * (width - len(row))] for row in whole_rows]
        longer_places = [
            place for place, row in enumerate(whole_rows) if len(row) > width and is_longer(row, width)
        ]
    result = Rows(
        numbers,
        list(zip(*fitted, strict=True)) if fitted else [()] * width,
        longer_places,
        whole_rows.__getitem__,
        is_windows=not block.is_utf8,
        is_clean=block.is_clean and (block.is_utf8 or UNDECODABLE not in "".join(block.lines)),
        open_quotes=open_quotes,
    )
    return result, rest
