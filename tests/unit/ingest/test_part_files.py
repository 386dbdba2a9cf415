"""Parts, packed bit by bit."""

import gzip
from contextlib import closing

import pytest

from chalicelib.ingest.part_files import UNPACKED_LETTERS, PartFile


@pytest.mark.parametrize("length", [0, 1, UNPACKED_LETTERS, UNPACKED_LETTERS + 1, 3 * UNPACKED_LETTERS])
def test_a_part_has_what_was_written_however_long_it_is(length: int) -> None:
    texts = ["é" * length, "last", ""]

    with closing(PartFile()) as part:
        for text in texts:
            part.write([text])

        assert gzip.decompress(part.packed().read()).decode() == "".join(texts)


def test_a_long_part_is_packed_as_it_grows() -> None:
    """A part may be longer than the function's memory."""
    with closing(PartFile()) as part:
        part.write(["x" * UNPACKED_LETTERS])
        assert part.unpacked_letters == UNPACKED_LETTERS

        part.write(["x"])
        assert part.unpacked_letters == 0
