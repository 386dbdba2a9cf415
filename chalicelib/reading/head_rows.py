"""The rows of a file's head, cut before anybody knows how many columns the file has. Pure."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from chalicelib.reading.csv_blocks import UNDECODABLE, Block
from chalicelib.reading.layouts import is_blank
from chalicelib.reading.multiline_rows import MOST_LINES

DATE: Final = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}")
"""Stands in a line that is a row of its own, even within quotation marks: 25/08/2021, 2021-08-25, 25.8.21."""


def head_rows(head: Block) -> list[list[str]]:
    """Return the rows of a file's head that are not blank.

    A line whose quotation mark is never closed is a row by itself, so that it does not hide the rows below it.
    """
    # Where each line is a row, no quotation mark is left open.
    rows = head.row_of_each_line or _rows_one_by_one(head)
    return [row for row in rows if not is_blank(row)]


def _rows_one_by_one(head: Block) -> Iterator[list[str]]:
    """Yield the rows of a head in which a row takes several lines, or a quotation mark is never closed."""
    place = 0
    while place < len(head.lines):
        row, line_count = _row(head.lines[place : place + MOST_LINES], head.punctuation.separator)
        yield row
        place += line_count


def _row(lines: Sequence[str], separator: str) -> tuple[list[str], int]:
    """Return the first row of some lines, and the number of its lines."""
    # `25/08/2021 09:00,Leeds,"Jo`, `Bloggs",…` -> one row of two lines
    # `25/08/2021 09:00,Leeds,"Jo,…`, `25/08/2021 09:05,…` -> the first line alone
    with suppress(csv.Error):
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
        row = next(reader)
        if reader.line_num == 1 or not any(map(DATE.search, lines[1 : reader.line_num])):
            return row, reader.line_num
    with suppress(csv.Error):
        return next(csv.reader(lines[:1], delimiter=separator, skipinitialspace=True)), 1
    return [UNDECODABLE], 1
