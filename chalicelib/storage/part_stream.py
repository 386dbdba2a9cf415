"""Staged parts as one text, unpacked as it is read: COPY of PostgreSQL reads it bit by bit."""

import io
from collections.abc import Iterable, Iterator
from typing import IO, Final, cast

from isal import isal_zlib

from chalicelib.errors import DamagedPartError

GZIP: Final = 31
"""The window size with which zlib reads a gzip member, and checks its length and its checksum."""

DAMAGE: Final = cast("type[Exception]", isal_zlib.error)  # its declared type is wrong
"""The error that isal raises for damaged bytes."""


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
            part = isal_zlib.decompressobj(wbits=GZIP)
            try:
                while not part.eof:
                    packed = part.unconsumed_tail or body.read(self._size)
                    if piece := part.decompress(packed, self._size):
                        yield piece
                    elif not packed:
                        raise DamagedPartError(f"The staged part {key} is damaged (its end is missing).")
                if part.unused_data or body.read(1):
                    raise DamagedPartError(f"The staged part {key} is damaged (it goes on after its end).")
            except DAMAGE as exc:
                raise DamagedPartError(f"The staged part {key} is damaged ({exc}).") from exc
