"""Staged parts, read bit by bit."""

import gzip
import io
import random

import pytest

from chalicelib.errors import DamagedPartError
from chalicelib.storage.part_stream import PartStream

PIECE = 2**16


def noise(size: int) -> bytes:
    """Return bytes that hardly get smaller by gzip."""
    return random.Random(size).randbytes(size)  # noqa: S311


def test_parts_follow_each_other() -> None:
    texts = [b"one\n", b"", noise(3 * PIECE), b"last\n"]
    stream = PartStream((f"{place}", io.BytesIO(gzip.compress(text))) for place, text in enumerate(texts))

    pieces = list(iter(lambda: stream.read(PIECE), b""))

    assert b"".join(pieces) == b"".join(texts)
    assert max(map(len, pieces)) <= PIECE


def test_no_more_of_a_part_is_read_than_is_needed() -> None:
    """A part may be larger than the function's memory."""
    packed = io.BytesIO(gzip.compress(noise(100 * PIECE)))
    stream = PartStream([("large", packed)])

    stream.read(PIECE)

    assert packed.tell() < 2 * PIECE


GZIPPED = gzip.compress(noise(PIECE))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no gzip", GZIPPED[:5], GZIPPED[: PIECE // 2], GZIPPED[:-4], GZIPPED[:-8] + bytes(8)),
        *(GZIPPED + b"more", GZIPPED * 2),
    ],
    ids=[
        *("empty", "no gzip", "only its beginning", "a half", "without its length", "wrong checksum"),
        *("more after its end", "twice"),
    ],
)
def test_a_damaged_part_is_named_by_its_key(content: bytes) -> None:
    """The error is kept, since psycopg2 raises another one in its place."""
    stream = PartStream([("staged/17/sales.csv.gz", io.BytesIO(content))])

    with pytest.raises(
        DamagedPartError, match=r"^The staged part staged/17/sales\.csv\.gz is damaged"
    ) as caught:
        list(iter(lambda: stream.read(PIECE), b""))

    assert stream.error is caught.value
