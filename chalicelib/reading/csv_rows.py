"""The rows of a CSV, numbered by the lines that a store sees in its editor. Pure but for reading the stream.

A large block of lines each of which is a row, which is the rule, is read by pandas; any other by `csv`.
"""

import csv
import io
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.errors import EmptyDataError, ParserError, ParserWarning

BLOCK_BYTES: Final = 8 * 2**20
FEW_BYTES: Final = 2**17
"""In a block of no more `csv` has read all rows before pandas has begun: most files of a day are one."""

HEAD_LINES: Final = 200
HEAD_BYTES: Final = 2**20
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
MARKS_BEGIN: Final = BYTE_ORDER_MARK[:1]

ROW_LINES: Final = 100
"""A quoted field may hold line breaks; a row of more lines than this has lost a quote."""

UNDECODABLE: Final = "\ufdd0"
"""Stands for bytes that are neither UTF-8 nor Windows-1252, and for those that stand for characters such as this.

Unicode keeps U+FDD0 to U+FDEF for such uses; here no text of a store has them, so that others mark names with them.
"""

KEPT_BY_UNICODE: Final = re.compile(b"\xef\xb7[\x90-\xaf]")

DROPPED: Final = "S1"
"""The type of cells that nobody will read: pandas makes no text of them."""

Integers = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Block:
    """Some whole lines of a file and the number of the first one, from 1."""

    first: int
    content: bytes
    is_last: bool = False

    @cached_property
    def ends(self) -> list[bytes]:
        """The lines with their ends, which are those that editors know."""
        return self.content.splitlines(keepends=True)

    @cached_property
    def lines(self) -> list[str]:
        """The same as text."""
        return list(map(_text, self.ends))

    @cached_property
    def count(self) -> int:
        """How many lines there are; faster than to make them."""
        content = self.content
        ends = content.count(b"\n")
        if b"\r" in content:
            ends += content.count(b"\r") - content.count(b"\r\n")
        return ends + (1 if content and content[-1] not in b"\r\n" else 0)

    @property
    def is_clean(self) -> bool:
        """Whether all bytes are text, once it is in UTF-8."""
        return MARKS_BEGIN not in self.content or UNDECODABLE.encode() not in self.content

    @cached_property
    def is_utf8(self) -> bool:
        """Whether all lines are in UTF-8."""
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return True

    def after(self, rest: bytes) -> "Block":
        """Return the block with the lines before it."""
        if not rest:
            return self
        lines = Block(0, rest).count
        return replace(self, first=self.first - lines, content=rest + self.content)

    def from_line(self, number: int) -> "Block":
        """Return what is left from a line on."""
        return replace(self, first=number, content=b"".join(self.ends[number - self.first :]))

    def up_to_line(self, number: int) -> "Block":
        """Return what stands before a line."""
        content = b"".join(self.ends[: number - self.first])
        return replace(self, content=content, is_last=True)

    def in_utf8(self) -> "Block":
        """Return the block in UTF-8, each line by itself: files are joined from files of several tills."""
        return replace(self, content="".join(self.lines).encode())


def blocks(content: IO[bytes]) -> Iterator[Block]:
    """Yield a file from its beginning in blocks, the last one of which says so; an empty file has none."""
    content.seek(0)
    first, rest = 1, b""
    read = content.read(BLOCK_BYTES)
    while read:
        later = content.read(BLOCK_BYTES)
        held = rest + read
        end = (held.rfind(b"\n") + 1 or held.rfind(b"\r", 0, -1) + 1) if later else len(held)
        block, rest = Block(first, _without_marks(held[:end]), is_last=not later), held[end:]
        first += block.count
        yield block
        read = later


def _without_marks(content: bytes) -> bytes:
    if MARKS_BEGIN not in content:
        return content
    return KEPT_BY_UNICODE.sub(UNDECODABLE.encode(), content.replace(BYTE_ORDER_MARK, b""))


def _text(line: bytes) -> str:
    """Return a line as text, as UTF-8 if it is that, as Windows-1252 if not."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").replace("\ufffd", UNDECODABLE)


def head(content: IO[bytes]) -> Block:
    """Return the first lines of a file, so many that what it is shows."""
    content.seek(0)
    lines = content.read(HEAD_BYTES).splitlines(keepends=True)
    return Block(1, _without_marks(b"".join(lines[:HEAD_LINES])))


def leading_rows(head: Block) -> Iterator[list[str]]:
    """Yield the rows of a file's head, as far as they can be read at first sight."""
    with suppress(csv.Error):
        yield from csv.reader(map(_text, head.ends))


@dataclass(frozen=True)
class Rows:
    """Some rows: the number of each one's first line, and its cells, an array of text for each column of the file.

    Columns that were not wanted hold nothing of use. `is_longer` tells which rows have something behind the last
    column, `whole` returns a row as it came, by its place; `unreadable` has the numbers of lines that are no rows, as a
    quote stays open.
    """

    numbers: Integers
    cells: Sequence[Objects]
    is_longer: npt.NDArray[np.bool_]
    whole: Callable[[int], list[str]]
    is_windows: bool
    """Whether lines were in Windows-1252."""
    is_clean: bool
    """Whether all bytes were text."""
    unreadable: Sequence[int] = ()


def rows(
    block: Block, width: int, wanted: Collection[int], is_beginning: Callable[[str], object]
) -> tuple[Rows, bytes]:
    """Read a block into rows of so many columns; return also the lines of a row that goes on behind the block.

    `is_beginning` tells whether a line begins like a row: a lost quote costs its own line alone.
    """
    if len(block.content) <= FEW_BYTES:
        return _rows_by_csv(block, width, is_beginning)
    found = _a_row_a_line(block if block.is_utf8 else block.in_utf8(), width, wanted)
    if found is None:
        return _rows_by_csv(block, width, is_beginning)
    return replace(found, is_windows=not block.is_utf8), b""


def _a_row_a_line(block: Block, width: int, wanted: Collection[int]) -> Rows | None:
    """Return a row for each line; None if a row takes several, has too many cells, or goes on behind the block."""
    types: dict[int, Any] = {place: object if place in wanted else DROPPED for place in range(width + 1)}
    try:
        with warnings.catch_warnings(action="error", category=ParserWarning):  # a first row that is cut
            cells = pd.read_csv(
                io.BytesIO(block.content),
                header=None,
                names=range(width + 1),
                index_col=False,
                dtype=types,
                na_filter=False,
                skip_blank_lines=False,
                engine="c",
                low_memory=False,
            )
    except (ParserError, ParserWarning, EmptyDataError):
        return None
    if len(cells) != block.count:
        return None
    numbers = np.arange(block.first, block.first + block.count, dtype=np.int64)

    def whole(place: int) -> list[str]:
        return next(csv.reader([_text(block.ends[place])]), [])

    is_longer = np.asarray(cells[width].to_numpy() != b"")
    for place in np.flatnonzero(is_longer):
        is_longer[place] = _is_longer(whole(place), width)
    columns = [cells[place].to_numpy() for place in range(width)]
    return Rows(numbers, columns, is_longer, whole, is_windows=False, is_clean=block.is_clean)


def _is_longer(row: list[str], width: int) -> bool:
    return any(map(str.strip, row[width:]))


def _rows_by_csv(block: Block, width: int, is_beginning: Callable[[str], object]) -> tuple[Rows, bytes]:
    wholes = _one_of_each_line(block)
    numbers: Integers = np.arange(block.first, block.first + len(wholes), dtype=np.int64)
    unreadable: list[int] = []
    rest = b""
    if not wholes:
        read, rest = _rows_of_several_lines(block, width, is_beginning)
        wholes = [row for _, row in read if row is not None]
        numbers = np.array([number for number, row in read if row is not None], dtype=np.int64)
        unreadable = [number for number, row in read if row is None]
    fitted = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in wholes]
    columns = zip(*fitted, strict=True) if fitted else [()] * width
    is_longer = np.array([len(row) > width and _is_longer(row, width) for row in wholes], dtype=np.bool_)
    found = Rows(
        numbers,
        [np.array(column, dtype=object) for column in columns],
        is_longer,
        wholes.__getitem__,
        is_windows=not block.is_utf8,
        is_clean=block.is_clean and (block.is_utf8 or UNDECODABLE not in "".join(block.lines)),
        unreadable=unreadable,
    )
    return found, rest


def _one_of_each_line(block: Block) -> list[list[str]]:
    """Return a row for each line; none if a row takes several, or may go on behind the block."""
    found: list[list[str]] = []
    if block.is_last:
        with suppress(csv.Error):
            found.extend(csv.reader(block.lines))
    return found if len(found) == len(block.lines) else []


def _rows_of_several_lines(
    block: Block, width: int, is_beginning: Callable[[str], object]
) -> tuple[list[tuple[int, list[str] | None]], bytes]:
    """Return rows, or None for a line that is none, with their lines' numbers; and what goes on behind the block."""
    lines = _Lines(block.lines, is_last=block.is_last)
    read = [(block.first + place, row) for place, row in _numbered(lines, width, is_beginning)]
    return read, b"".join(block.ends[lines.next_place :])


class _Lines(Iterator[str]):
    """The lines of a block, of which those of the row at hand can be handed back."""

    def __init__(self, lines: list[str], *, is_last: bool) -> None:
        self._lines = lines
        self._is_last = is_last
        self.row_place = self.next_place = 0
        self._ran_out = False

    def __next__(self) -> str:
        if self.next_place - self.row_place == ROW_LINES:
            raise csv.Error
        if self.next_place == len(self._lines):
            self._ran_out = True
            raise StopIteration
        self.next_place += 1
        return self._lines[self.next_place - 1]

    def begin(self) -> int:
        """Begin a row, and return its place."""
        self.row_place, self._ran_out = self.next_place, False
        return self.row_place

    @property
    def later(self) -> list[str]:
        """The lines of the row behind its first."""
        return self._lines[self.row_place + 1 : self.next_place]

    @property
    def may_go_on(self) -> bool:
        """Whether the row at hand is open where the block ends, and there are more lines behind it."""
        return self._ran_out and not self._is_last

    def hand_back(self, place: int) -> None:
        """Have the next row begin at a place."""
        self.next_place = place


def _numbered(
    lines: _Lines, width: int, is_beginning: Callable[[str], object]
) -> Iterator[tuple[int, list[str] | None]]:
    """Yield rows, or None for a quote that is never closed; the lines after it are read anew."""
    reader = csv.reader(lines)
    while True:
        place = lines.begin()
        try:
            row: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:  # more lines, or letters in a field, than any row has
            row, reader = None, csv.reader(lines)
        if row is not None and lines.may_go_on:
            lines.hand_back(place)
            return
        if row is None or (lines.later and _swallows(lines.later, row, width, is_beginning)):
            lines.hand_back(place + 1)
            row = None
        yield place, row


def _swallows(later: list[str], row: list[str], width: int, is_beginning: Callable[[str], object]) -> bool:
    """Tell a lost quote from a row of several lines: it has the wrong width, or sales among its later lines."""
    return len(row) < width - 1 or _is_longer(row, width) or any(map(is_beginning, later))
