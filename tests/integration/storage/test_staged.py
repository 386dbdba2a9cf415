"""Staged parts in the processed bucket."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.errors import MissingPartError
from chalicelib.storage import staged
from chalicelib.storage.staged import StagedParts
from tests.support.pipeline import PROCESSED, Pipeline


def test_more_parts_than_s3_deletes_in_one_call_are_deleted_in_several(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged, "DELETED_AT_ONCE", 2)
    for number in range(5):
        pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=f"staged/load-{number}/files.csv.gz", Body=b"")
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)

    assert StagedParts(pipeline.clients.s3, PROCESSED).delete_older_than(tomorrow) == 5
    assert pipeline.keys(PROCESSED) == []


@pytest.mark.parametrize("small_part", [0, staged.SMALL_PART], ids=["large", "small"])
def test_parts_are_read_in_their_order_whatever_their_size(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, small_part: int
) -> None:
    """Small parts are fetched ahead, large ones when their turn comes."""
    monkeypatch.setattr(staged, "SMALL_PART", small_part)
    keys = [f"staged/{number}/sales.csv.gz" for number in range(3 * staged.THREADS)]
    for key in keys:
        pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=key, Body=gzip.compress(f"{key}\n".encode()))

    with StagedParts(pipeline.clients.s3, PROCESSED).open(keys) as stream:
        text = b"".join(iter(lambda: stream.read(10), b"")).decode()

    assert text.splitlines() == keys
    pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=keys[-1])
    with (
        StagedParts(pipeline.clients.s3, PROCESSED).open(keys) as stream,
        pytest.raises(MissingPartError, match=keys[-1]),
    ):
        list(iter(lambda: stream.read(10), b""))
