"""A file, cut into blocks of whole lines, which are numbered as in an editor.

Pure but for reading the stream.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import IO, Any, Final

import numpy as np

from chalicelib.reading.punctuation import COMMAS, Punctuation

BLOCK_BYTES: Final = 8 * 2**20

BLOCK_LINES: Final = 2**17
"""Lines of a piece that becomes a block: sales of 64 bytes reach both limits. Eight million short lines would take
gigabytes, since a row takes hundreds of bytes of memory however short it is.
"""

LF: Final = 0x0A
CR: Final = 0x0D

COUNTED_AT_ONCE: Final = 2**18
"""Bytes that the processor's caches hold while they are counted."""

LONGEST_FIELD: Final = 131_072
"""Letters of the longest field that `csv` reads: in a longer line, there may be a longer field."""

SMALL_BYTES: Final = 2**17
"""Bytes of a block that `csv` has read before pandas has begun. Most stores' daily files are one such block."""

HEAD_LINES: Final = 200
HEAD_BYTES: Final = 2**20
"""Bytes in which the head is sought: a file with more blank lines than that before its first row counts as empty."""
BLANKS: Final = b' \t\r\n,;|"'
"""The bytes of lines without any text."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

UNDECODABLE: Final = "\ufdd0"
"""Stands for bytes that are neither UTF-8 nor Windows-1252, and for noncharacters in the file itself.

Unicode reserves the noncharacters U+FDD0 to U+FDEF for a program's own use. As a file's own ones are all replaced
by this one, `items` can safely use the next two.
"""

NONCHARACTERS: Final = tuple(chr(code).encode() for code in range(0xFDD1, 0xFDF0))
"""U+FDD1 to U+FDEF in UTF-8: those that are replaced by U+FDD0."""

NONCHARACTER_START: Final = b"\xef\xb7"
"""The first two bytes of noncharacters, and of a few Arabic letters."""

MARK_START: Final = b"\xef"
"""The first byte of byte order marks and of noncharacters: a block without it has neither."""


@dataclass(frozen=True)
class Block:
    """Some whole lines of a file and the number of the first one, from 1."""

    first_line: int
    content: bytes
    is_last: bool = False
    punctuation: Punctuation = COMMAS
    cut_rows: Sequence[list[str]] = field(default=(), compare=False)
    """The cells of each line, if the lines have been cut already; else empty."""

    @cached_property
    def raw_lines(self) -> list[bytes]:
        r"""The lines with their ends: LF, CR and CRLF end a line, as in editors.

        `str.splitlines` would also split at U+2028 and others; bytes are split at these three alone.
        """
        return self.content.splitlines(keepends=True)

    @cached_property
    def lines(self) -> list[str]:
        """The lines as text, with their ends."""
        return list(map(bytes.decode if self.is_utf8 else decoded, self.raw_lines))

    @cached_property
    def row_of_each_line(self) -> Sequence[list[str]]:
        """The cells of each line; none at all if a row takes several lines or may continue after the block.

        There is none either if `csv` cannot read a line.
        """
        if self.cut_rows or not self.is_last:
            return self.cut_rows
        with suppress(csv.Error):
            rows = list(csv.reader(self.lines, delimiter=self.punctuation.separator, skipinitialspace=True))
            return rows if len(rows) == len(self.lines) else []
        return []

    @cached_property
    def line_count(self) -> int:
        """The number of lines, counted without making them: that is faster."""
        content = self.content
        # b"a\r\nb\rc" -> 1 LF + (2 CR - 1 CRLF) + 1 line without an end = 3 lines
        ends = _count(content, LF)
        if carriage_returns := _count(content, CR):
            ends += carriage_returns - content.count(b"\r\n")
        return ends + (1 if content and content[-1] not in b"\r\n" else 0)

    @cached_property
    def has_long_line(self) -> bool:
        """Whether a field in the block may be longer than `csv` allows: some line has more bytes."""
        start = 0
        while len(self.content) - start > LONGEST_FIELD:
            # The last end within the next 131,072 bytes: if there is one, no line before it is longer.
            window = start, start + LONGEST_FIELD
            end = max(self.content.rfind(b"\n", *window), self.content.rfind(b"\r", *window))
            if end < 0:
                return True
            start = end + 1
        return False

    @property
    def is_small(self) -> bool:
        """Whether `csv` reads it faster than pandas."""
        return len(self.content) <= SMALL_BYTES

    @property
    def is_clean(self) -> bool:
        """Whether nothing in a block of UTF-8 stands for undecodable bytes."""
        return MARK_START not in self.content or UNDECODABLE.encode() not in self.content

    @cached_property
    def is_utf8(self) -> bool:
        """Whether all lines are in UTF-8."""
        if self.content.isascii():
            return True
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return True

    def with_lines_before(self, content: bytes) -> "Block":
        """Return the block with lines that come before it in the file."""
        if not content:
            return self
        lines = Block(0, content).line_count
        return self._changed(first_line=self.first_line - lines, content=content + self.content)

    def from_line(self, number: int) -> "Block":
        """Return the part of the block that begins at a line."""
        return self._changed(first_line=number, content=b"".join(self.raw_lines[number - self.first_line :]))

    def up_to_line(self, number: int) -> "Block":
        """Return the part of the block that ends before a line, as if the file ended there."""
        content = b"".join(self.raw_lines[: number - self.first_line])
        return self._changed(content=content, is_last=True)

    def with_punctuation(self, punctuation: Punctuation) -> "Block":
        """Return the block with another punctuation, or itself if it is its own."""
        return self if punctuation == self.punctuation else self._changed(punctuation=punctuation)

    def head(self) -> "Block":
        """Return the first lines from the first one on that is not blank, as if the file ended after them."""
        lines = self.raw_lines if self.is_small else self.content[:HEAD_BYTES].splitlines(keepends=True)
        start = next((place for place, line in enumerate(lines) if line.strip(BLANKS)), 0)
        end = start + HEAD_LINES
        cut_rows = self.row_of_each_line[start:end] if self.is_small else ()
        content = b"".join(lines[start:end])
        first_line = self.first_line + start
        return replace(self, first_line=first_line, content=content, is_last=True, cut_rows=cut_rows)

    def _changed(self, **changes: Any) -> "Block":
        """Return a changed copy without the rows, which are those of the old lines and signs."""
        return replace(self, cut_rows=(), **changes)

    def in_utf8(self) -> "Block":
        """Return the block in UTF-8. Each line is decoded by itself: some files join those of several tills."""
        return self._changed(content="".join(self.lines).encode())


NO_LINES: Final = Block(1, b"", is_last=True)
"""Stands for the first block of an empty file."""


def blocks(content: IO[bytes], punctuation: Punctuation = COMMAS) -> Iterator[Block]:
    """Yield a file from its beginning in blocks, the last one marked as such; an empty file has none."""
    content.seek(0)
    first_line, rest = 1, b""
    pieces = _pieces(content)
    piece = next(pieces, b"")
    while piece:
        next_piece = next(pieces, b"")
        joined = rest + piece
        # b"a\r\nb\r\nc" -> the block b"a\r\nb\r\n"; b"c" waits for the next piece. Where a file has CR alone, the
        # last byte does not count as an end: the next piece may begin with its LF.
        end = (joined.rfind(b"\n") + 1 or joined.rfind(b"\r", 0, -1) + 1) if next_piece else len(joined)
        rest = joined[end:]
        if end:  # a short piece may lie within one long line
            block = Block(first_line, _without_marks(joined[:end]), not next_piece, punctuation)
            yield block
            if next_piece:  # most files are one block: its lines need no count, since no block follows
                first_line += block.line_count
        piece = next_piece


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file in pieces within both limits, which may end in the middle of a line."""
    while piece := content.read(BLOCK_BYTES):
        yield from _with_few_lines(piece)


def _with_few_lines(piece: bytes) -> Iterator[bytes]:
    """Yield a piece as it is, or halved until no part has too many lines."""
    # A piece has no more lines than bytes: most stores' daily files are so short that nothing is counted.
    if len(piece) <= BLOCK_LINES or max(_count(piece, LF), _count(piece, CR)) <= BLOCK_LINES:
        yield piece
        return
    middle = len(piece) // 2
    yield from _with_few_lines(piece[:middle])
    yield from _with_few_lines(piece[middle:])


def _count(content: bytes, byte: int) -> int:
    """Return how often a byte occurs; `bytes.count` would be four times as slow, a tenth of a large file's time."""
    if byte not in content:
        return 0
    codes = np.frombuffer(content, dtype=np.uint8)
    starts = range(0, len(codes), COUNTED_AT_ONCE)
    return sum(int(np.count_nonzero(codes[start : start + COUNTED_AT_ONCE] == byte)) for start in starts)


def head_of_large_file(content: IO[bytes]) -> Block:
    """Return the head of a file that is larger than a block, or has several; it may begin with blank lines."""
    content.seek(0)
    return Block(1, _without_marks(content.read(HEAD_BYTES))).head()


def decoded(line: bytes) -> str:
    """Return a line as text: as UTF-8 if it is valid, else as Windows-1252, in which a few bytes are undecodable."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").replace("\ufffd", UNDECODABLE)


def _without_marks(content: bytes) -> bytes:
    """Remove byte order marks, which joined files have in the middle too, and replace noncharacters."""
    if MARK_START not in content:
        return content
    content = content.replace(BYTE_ORDER_MARK, b"")
    if NONCHARACTER_START in content:
        # A pattern would keep a list of all places: with a million of them, four times the memory of other files.
        for noncharacter in NONCHARACTERS:
            content = content.replace(noncharacter, UNDECODABLE.encode())
    return content
