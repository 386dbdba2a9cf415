"""Staged parts as one text, unpacked as it is read: COPY of PostgreSQL reads it bit by bit."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Final

from chalicelib.errors import DamagedPartError

DAMAGE: Final = (gzip.BadGzipFile, EOFError, zlib.error)
"""The errors that gzip raises for damaged bytes."""


class PartStream(io.RawIOBase):
    """Gzipped parts one after the other. `bodies` has the key and the packed bytes of each."""

    def __init__(self, bodies: Iterable[tuple[str, IO[bytes]]]) -> None:
        super().__init__()
        self._pieces = self._unpacked(bodies)
        self._size = 0
        self.error: Exception | None = None
        """The error that reading has raised: psycopg2 keeps no more of it than a part of its message."""

    def read(self, size: int = 2**16, /) -> bytes:
        """Return the next bytes, `size` at most; none at the end."""
        self._size = size
        try:
            return next(self._pieces, b"")
        except Exception as exc:
            self.error = exc
            raise

    def _unpacked(self, bodies: Iterable[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
        for key, body in bodies:
            try:
                part = gzip.GzipFile(fileobj=body)
                while piece := part.read(self._size):
                    yield piece
            except DAMAGE as exc:
                raise DamagedPartError(f"The staged part {key} is damaged ({type(exc).__name__}).") from exc
