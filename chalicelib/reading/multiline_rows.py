"""Rows that span several lines, distinguished from quotation marks that are never closed. Pure."""

import csv
from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.reading.csv_blocks import Block

MOST_LINES: Final = 100
"""A quoted field may contain line breaks, but a row of more lines than this has lost a quotation mark."""

IsRowStart = Callable[[str], object]
"""Tells whether a line begins like a row: true or false, or a match or None."""


def multiline_rows(
    block: Block, width: int, is_row_start: IsRowStart
) -> tuple[list[tuple[int, list[str] | None]], bytes]:
    """Return a block's rows with their line numbers, and the lines of a row that continues after the block.

    A line whose quotation mark is never closed has None in place of its row. It costs that line alone: the lines
    after it are read as rows of their own.
    """
    lines = _Lines(block.lines, is_last=block.is_last)
    separator = block.punctuation.separator
    placed_rows = _placed_rows(lines, width, separator, is_row_start)
    rows = [(block.first_line + place, row) for place, row in placed_rows]
    return rows, b"".join(block.raw_lines[lines.next_place :])


def is_longer(row: list[str], width: int) -> bool:
    """Tell whether a row has text after its last column."""
    return any(map(str.strip, row[width:]))


class _Lines(Iterator[str]):
    """The lines of a block for a `csv.reader`, which can go back to a line of the current row."""

    def __init__(self, lines: list[str], *, is_last: bool) -> None:
        self._lines = lines
        self._is_last = is_last
        self.row_place = self.next_place = 0
        self._ran_out = False

    def __next__(self) -> str:
        if self.next_place - self.row_place == MOST_LINES:
            raise csv.Error
        if self.next_place == len(self._lines):
            self._ran_out = True
            raise StopIteration
        self.next_place += 1
        return self._lines[self.next_place - 1]

    def begin_row(self) -> int:
        """Begin a row at the next line, and return that line's place."""
        self.row_place, self._ran_out = self.next_place, False
        return self.row_place

    @property
    def lines_after_first(self) -> list[str]:
        """The lines of the row after its first."""
        return self._lines[self.row_place + 1 : self.next_place]

    @property
    def may_continue(self) -> bool:
        """Whether the row is still open at the end of the block, and the file has more lines."""
        return self._ran_out and not self._is_last

    def go_back_to(self, place: int) -> None:
        """Let the next row begin at a place."""
        self.next_place = place


def _placed_rows(
    lines: _Lines, width: int, separator: str, is_row_start: IsRowStart
) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row with the place of its first line, or None for a line that leaves a quotation mark open.

    `25/08/2021 09:00,Leeds,"Jo` and `Bloggs",…` -> one row of two lines
    `25/08/2021 09:00,Leeds,"Jo,…` and `25/08/2021 09:05,…` -> None, then the second line as a row of its own
    """
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    while True:
        place = lines.begin_row()
        try:
            row: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:  # more lines, or characters in a field, than any row has
            # The reader that failed is still within quotes: only a new one begins afresh.
            row, reader = None, csv.reader(lines, delimiter=separator, skipinitialspace=True)
        if row is not None and lines.may_continue:
            lines.go_back_to(place)
            return
        if row == []:  # an empty line
            continue
        if row is None or (
            lines.lines_after_first and _lost_quote(lines.lines_after_first, row, width, is_row_start)
        ):
            lines.go_back_to(place + 1)
            row = None
        yield place, row


def _lost_quote(lines_after_first: list[str], row: list[str], width: int, is_row_start: IsRowStart) -> bool:
    """Tell whether a row of several lines is a lost quotation mark: its width is wrong, or it swallows sales.

    A width of one less is right: a row may end before the card number.
    """
    return len(row) < width - 1 or is_longer(row, width) or any(map(is_row_start, lines_after_first))
