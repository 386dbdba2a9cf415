"""Staged parts in the processed bucket."""

from datetime import UTC, datetime, timedelta

import pytest

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
