"""A file's text: unpacked if it comes as gzip or zip, in UTF-8 if it comes in UTF-16, checked against the limits.

Pure but for the streams.
"""

import gzip
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import IO, Final, NamedTuple

from chalicelib.errors import SourceFileError
from chalicelib.reading import utf_16

BLOCK_BYTES: Final = 2**20
LINE_BYTES: Final = 2**20
MEMORY_LIMIT: Final = 32 * 2**20
"""An unpacked file up to this size stays in memory; a larger one goes to a temporary file without a name."""

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
"""The beginning of an old workbook (.xls)."""
LONGEST_MAGIC: Final = 4

PARTS_OF_WORKBOOKS: Final = frozenset({"[Content_Types].xml", "content.xml"})
"""Newer workbooks are zips: Excel's contain the first of these files, LibreOffice's the second."""

METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The methods that all zip programs use. With others, the file itself decides how much memory unpacking takes."""

OF_MACOS: Final = re.compile(r"^__MACOSX/|(?:^|/)\.DS_Store$")
"""The files that macOS adds to a zip: attributes of the others, and how a folder was shown."""

IS_ENCRYPTED: Final = 1
DAMAGE: Final = (
    ArithmeticError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""The errors that gzip and zipfile have raised on damaged bytes."""


class Text(NamedTuple):
    """A file's text, from its beginning."""

    content: IO[bytes]
    was_utf_16: bool
    """Whether the file is in UTF-16. Its text is in UTF-8, or in Windows-1252, as that of all others."""


@contextmanager
def unpacked(content: IO[bytes], max_bytes: int) -> Iterator[Text]:
    """Yield a file's text; raise `SourceFileError` if it is not text or exceeds a limit."""
    magic = content.read(LONGEST_MAGIC)
    content.seek(0)
    # The first bytes decide, not the name: stores send gzip under `.csv`.
    if magic.startswith(WORKBOOK):
        raise _workbook()
    if not magic.startswith((GZIP, *ZIP, *utf_16.MARKS)):
        _check(_blocks(content), max_bytes)
        content.seek(0)
        yield Text(content, was_utf_16=False)
        return
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as text:
        read = _gzip if magic.startswith(GZIP) else _zip if magic.startswith(ZIP) else _blocks
        blocks = read(content)
        first_block = next(blocks, b"")
        was_utf_16 = first_block.startswith(utf_16.MARKS)
        blocks = chain([first_block], blocks)
        _check(_written(utf_16.in_utf8(blocks, BLOCK_BYTES) if was_utf_16 else blocks, text), max_bytes)
        text.seek(0)
        yield Text(text, was_utf_16)


def _blocks(content: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    return iter(lambda: content.read(BLOCK_BYTES), b"")


def _gzip(content: IO[bytes]) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=content, mode="rb") as member:
            yield from _blocks(member)
    except DAMAGE as exc:
        raise _damaged() from exc


def _zip(content: IO[bytes]) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(content) as archive, archive.open(_only_member(archive)) as member:
            yield from _blocks(member)
    except DAMAGE as exc:
        raise _damaged() from exc


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file of a zip; folders and the files that macOS adds do not count."""
    if not PARTS_OF_WORKBOOKS.isdisjoint(archive.namelist()):
        raise _workbook()
    # A name may be empty, which `is_dir` does not survive.
    members = [
        member
        for member in archive.infolist()
        if not member.filename.endswith("/") and not OF_MACOS.search(member.filename)
    ]
    if len(members) != 1:
        raise SourceFileError(
            "several_files", f"The zip contains {len(members):,} files; it must contain exactly one."
        )
    [member] = members
    if member.flag_bits & IS_ENCRYPTED:
        raise SourceFileError("password", "The zip needs a password; send the file without one.")
    if member.compress_type not in METHODS:
        raise NotImplementedError
    return member


def _written(blocks: Iterator[bytes], text: IO[bytes]) -> Iterator[bytes]:
    """Yield each block and write it afterwards."""
    # The consumer checks a block before it asks for the next one, so that nothing beyond a limit is ever written.
    for block in blocks:
        yield block
        text.write(block)


def _check(blocks: Iterator[bytes], max_bytes: int) -> None:
    """Consume a file's blocks; raise `SourceFileError` if it is too large, is not text or has too long a line."""
    size = line = 0
    for block in blocks:
        size += len(block)
        if size > max_bytes:
            raise too_large(max_bytes)
        if b"\0" in block:
            raise SourceFileError("not_text", "The file contains binary data, so it is not a CSV file.")
        # `line` is the length so far of the line that is open at the block's start; a line that begins and ends within
        # a block is too short to be checked, as a block is no longer than the longest line.
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        first = min(at for at in (block.find(b"\n"), block.find(b"\r"), len(block)) if at >= 0)
        if line + first > LINE_BYTES:
            raise SourceFileError("long_line", f"The file has a line of more than {LINE_BYTES:,} bytes.")
        line = line + len(block) if end < 0 else len(block) - end - 1


def too_large(max_bytes: int) -> SourceFileError:
    """Return the refusal of a file that is too large, packed or not."""
    return SourceFileError("too_large", f"The file is larger than {max_bytes:,} bytes.")


def _workbook() -> SourceFileError:
    return SourceFileError("workbook", "The file is a spreadsheet workbook; save it as CSV.")


def _damaged() -> SourceFileError:
    return SourceFileError(
        "damaged", "The compressed file cannot be opened; send it again, or send it uncompressed."
    )
