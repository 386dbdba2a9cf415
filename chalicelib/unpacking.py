"""A file's bytes, within the limits. Pure but for reading the stream."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from chalicelib.errors import SourceFileError

BLOCK_BYTES: Final = 2**20
LINE_BYTES: Final = 2**20


@contextmanager
def unpacked(content: IO[bytes], max_bytes: int) -> Iterator[IO[bytes]]:
    """Yield content, wound back; raise `SourceFileError` if it is no text, or beyond a limit."""
    size = line = 0
    for block in iter(lambda: content.read(BLOCK_BYTES), b""):
        size += len(block)
        if size > max_bytes:
            raise SourceFileError("too_large", f"The file is larger than {max_bytes:,} bytes.")
        if b"\0" in block:
            raise SourceFileError("not_text", "The file holds binary data, so it is no CSV file.")
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        first = min(at for at in (block.find(b"\n"), block.find(b"\r"), len(block)) if at >= 0)
        if line + first > LINE_BYTES:
            raise SourceFileError("long_line", f"The file has a line of more than {LINE_BYTES:,} bytes.")
        line = line + len(block) if end < 0 else len(block) - end - 1
    content.seek(0)
    yield content
