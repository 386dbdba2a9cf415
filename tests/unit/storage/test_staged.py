"""The writing of staged parts, with S3 replaced by threads that meet."""

import io
import threading
from collections.abc import Mapping
from typing import IO, Any

import pytest

from chalicelib.storage.staged import StagedParts
from tests.support.staged_parts import stage

SOLD = b"25/08/2021 09:00,Leeds,Jo Bloggs,Regular Latte - 2.45,2.45,CASH,\n"
REJECTED = b"25/08/2021 09:05,Leeds,Jo Bloggs,Regular Latte - 2.45,9.99,CASH,\n"
PATIENCE = 20.0


class Meeting(StagedParts):
    """Each write waits until some others have begun; that of one part then fails."""

    def __init__(self, writers: int, failing: str = "") -> None:
        no_client: Any = None
        super().__init__(no_client, "")
        self._barrier = threading.Barrier(writers)
        self._failing = failing
        self.written: set[str] = set()

    def write(self, key: str, body: IO[bytes], metadata: Mapping[str, str] | None = None) -> None:  # noqa: ARG002
        """Wait for the other writes, and note the part."""
        self._barrier.wait(PATIENCE)
        name = key.rpartition("/")[2].removesuffix(".csv.gz")
        if name == self._failing:
            raise OSError(name)
        body.read()
        self.written.add(name)


def packed(part: str) -> IO[bytes]:
    return io.BytesIO(part.encode())


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (SOLD, {"sales", "items", "archive"}),
        (SOLD + REJECTED, {"sales", "items", "rejections", "archive"}),
        (REJECTED, {"rejections", "archive"}),
        (b"no sales", {"archive"}),
    ],
    ids=["sold", "partly rejected", "refused", "unrecognised"],
)
def test_parts_with_rows_are_written_side_by_side(content: bytes, parts: set[str]) -> None:
    """A write that waited for another one to end would never meet it."""
    target = Meeting(len(parts))

    target.write_all(stage(content).request, packed)

    assert target.written == parts


@pytest.mark.parametrize("failing", ["sales", "items", "archive"])
def test_a_failing_write_is_raised_when_the_others_have_ended(failing: str) -> None:
    target = Meeting(3, failing=failing)

    with pytest.raises(OSError, match=failing):
        target.write_all(stage(SOLD).request, packed)

    assert target.written == {"sales", "items", "archive"} - {failing}
