"""Text in UTF-16 with a byte order mark, as Excel saves "Unicode text", turned into UTF-8. Pure."""

import codecs
from collections.abc import Iterator
from typing import Final

from chalicelib.errors import SourceFileError

MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def in_utf8(blocks: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    """Yield the text of blocks, which begin with a mark, in UTF-8 and in blocks of no more than some bytes.

    Raise `SourceFileError` if half a character is missing.
    """
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        for block in blocks:
            text = decoder.decode(block).encode()
            # Two bytes may become three.
            yield from (text[start : start + most_bytes] for start in range(0, len(text), most_bytes))
        decoder.decode(b"", final=True)
    except UnicodeError as exc:
        raise SourceFileError(
            "utf_16", "The file is in UTF-16, but a part of a character is missing: send it again."
        ) from exc
