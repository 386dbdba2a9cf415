"""The writing of parts: values become CSV fields by the kinds of their columns, and fields become gzipped text."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any, Final

from isal import isal_zlib

from chalicelib.memory import remembered
from chalicelib.parts import PartColumn
from chalicelib.reading.fields import pounds

MEMORY_LIMIT: Final = 8 * 2**20
"""Bytes of a part that are held in memory; a larger part goes to an unlinked temporary file."""

UNPACKED_LETTERS: Final = 2**20
"""A longer text is packed at once, a shorter one only when its part is complete: that of a store's daily file."""

GZIP: Final = 31
"""The window size with which zlib writes a gzip member."""

NULL: Final = r"\N"
"""The text that COPY reads as a null on both engines."""


@remembered()
def quoted(text: str) -> str:
    """Return a CSV field, in quotes where a reader might misread it, for example as a null."""
    if any(letter in text for letter in ',"\r\n\\'):
        return '"' + text.replace('"', '""') + '"'
    return text


WRITERS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {"bigint": str, "char": str, "integer": str, "numeric": pounds, "timestamp": str, "varchar": quoted}
)
"""The function that turns a value into a field, by the kind of the column. Amounts are pence, times are ISO text."""


PLAIN_TEXTS: Final = frozenset({"char", "timestamp"})
"""The kinds of columns whose values are texts that never need quotes: a hash, or a time in ISO format."""


def fields(column: PartColumn, values: Sequence[Any]) -> Iterable[str]:
    """Return the fields of a column. Only in a column that a migration added may a value be missing: None or empty."""
    writer = WRITERS[column.kind]
    if not column.is_original and column.kind != "varchar":
        return (NULL if value in {None, ""} else writer(value) for value in values)
    return values if column.kind in PLAIN_TEXTS else map(writer, values)


class PartFile:
    """A gzipped text that grows. A short text is packed only when it is complete, by the thread that then writes it."""

    def __init__(self) -> None:
        self._content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - `close` does
        self._gzip = isal_zlib.compressobj(level=1, wbits=GZIP)
        self._unpacked: list[str] = []
        self.unpacked_letters = 0
        """Letters that wait to be packed."""

    def write(self, texts: Iterable[str]) -> None:
        """Append texts."""
        text = "".join(texts)
        self._unpacked.append(text)
        self.unpacked_letters += len(text)
        if self.unpacked_letters > UNPACKED_LETTERS:
            self._pack()

    def packed(self) -> IO[bytes]:
        """Complete the part, and return its bytes from the beginning."""
        self._pack()
        self._content.write(self._gzip.flush())
        self._content.seek(0)
        return self._content

    def close(self) -> None:
        """Free the part's memory, or its file."""
        self._content.close()

    def _pack(self) -> None:
        self._content.write(self._gzip.compress("".join(self._unpacked).encode()))
        self._unpacked.clear()
        self.unpacked_letters = 0
