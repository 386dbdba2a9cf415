"""The rows of a CSV, numbered by the lines that a store sees in its editor. Pure but for reading the stream."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Final

from chalicelib.errors import SourceFileError
from chalicelib.formats import Format

CHUNK_ROWS: Final = 50_000
BLOCK_BYTES: Final = 2**20
ENCODINGS: Final = ("utf-8-sig", "cp1252")

ROW_LINES: Final = 100
"""A quoted field may hold line breaks; a row of more lines than this has lost a quote."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows: the number of each one's first line, from 1, and its fields."""

    numbers: list[int]
    rows: list[list[str]]
    unreadable: Sequence[int] = ()
    """The numbers of lines that are no rows: a quote stays open, or a field is longer than any."""


def decoded(content: IO[bytes]) -> io.TextIOWrapper:
    """Return content as text, as UTF-8 if it is that and as Windows-1252 if not; raise `SourceFileError`."""
    for encoding in ENCODINGS:
        if _is_encoded(content, encoding):
            return io.TextIOWrapper(content, encoding=encoding, newline="")
    raise SourceFileError("not_text", "The file is not text in UTF-8 or Windows-1252, so it is no CSV file.")


def _is_encoded(content: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in iter(lambda: content.read(BLOCK_BYTES), b""):
            if b"\0" in block:
                raise SourceFileError("not_text", "The file holds binary data, so it is no CSV file.")
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        content.seek(0)
    return True


def leading_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the rows at a file's head, as far as they can be read at first sight."""
    with suppress(csv.Error):
        yield from csv.reader(lines)


def rows(text: Iterable[str], fmt: Format) -> Iterator[Rows]:
    """Yield the rows of a file in chunks."""
    lines = iter(text)
    first = 1
    while physical := list(islice(lines, CHUNK_ROWS)):
        plain = _a_row_a_line(physical)
        if plain is None:
            yield from _rows_of_several_lines(_Lines(chain(physical, lines), first), fmt)
            return
        yield Rows(list(range(first, first + len(plain))), plain)
        first += len(physical)


def _a_row_a_line(lines: list[str]) -> list[list[str]] | None:
    """Return a row for each line; None if a row takes several or the last one goes on."""
    try:
        *found, last = csv.reader(chain(lines, "\n"))
    except csv.Error:  # a field of more letters than any has
        return None
    return found if len(found) == len(lines) and not last else None


def _rows_of_several_lines(lines: "_Lines", fmt: Format) -> Iterator[Rows]:
    numbered = _numbered(lines, fmt)
    while chunk := list(islice(numbered, CHUNK_ROWS)):
        read = [(number, row) for number, row in chunk if row is not None]
        unreadable = [number for number, row in chunk if row is None]
        yield Rows([number for number, _ in read], [row for _, row in read], unreadable)


class _Lines(Iterator[str]):
    """Physical lines, of which those of the row at hand can be handed back."""

    def __init__(self, lines: Iterable[str], first: int) -> None:
        self._source = iter(lines)
        self._returned: list[str] = []
        self.taken: list[str] = []
        self.next_number = first

    def __next__(self) -> str:
        if len(self.taken) == ROW_LINES:
            raise csv.Error
        line = self._returned.pop() if self._returned else next(self._source)
        self.next_number += 1
        self.taken.append(line)
        return line

    def hand_back(self) -> None:
        """Keep the first line of the row and hand back the others."""
        self._returned.extend(reversed(self.taken[1:]))
        self.next_number -= len(self.taken) - 1


def _numbered(lines: _Lines, fmt: Format) -> Iterator[tuple[int, list[str] | None]]:
    """Yield rows, or None. A quote that is never closed costs its own line alone: the lines after it are read anew."""
    reader = csv.reader(lines)
    while True:
        lines.taken.clear()
        number = lines.next_number
        try:
            row: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:  # more lines, or letters in a field, than any row has
            row, reader = None, csv.reader(lines)
        if len(lines.taken) > 1 and _swallows(lines.taken, row, fmt):
            lines.hand_back()
            row = None
        yield number, row


def _swallows(taken: list[str], row: list[str] | None, fmt: Format) -> bool:
    """Tell a lost quote from a row of several lines: it has the wrong width, or sales among its later lines."""
    return row is None or len(row) != len(fmt.columns) or any(fmt.day.match(line) for line in taken[1:])
