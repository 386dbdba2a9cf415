"""Archive copies and load requests of older releases are loaded like today's, or fail with a reason."""

from typing import Any

import pytest

from chalicelib.load import handler
from chalicelib.operations import replay
from chalicelib.warehouse.migrations import SCHEMA_VERSION
from tests.support.frozen import archive_copy, request_body
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY = "leeds_25-08-2021_09-00-00.csv"
WITHOUT_METADATA = 1
"""The schema whose copies had no metadata about their load. No release has ever been able to replay them."""


def replayed(pipeline: Pipeline, version: int) -> dict[str, Any]:
    """Put the frozen copy of a version into the archive, and replay it."""
    pipeline.clients.s3.put_object(Bucket=PROCESSED, **archive_copy(version))
    [file] = replay.handle({}, seconds=60)["files"]
    return dict(file)


@pytest.mark.parametrize("version", [2, 3])
def test_a_copy_of_an_older_schema_is_loaded(pipeline: Pipeline, version: int) -> None:
    """Sales, items, ids and the rejected row are restored. Columns that the copy lacks are empty."""
    file = replayed(pipeline, version)

    assert (file["outcome"], file["sales"], file["items"], file["total"]) == ("loaded", 2, 3, "6.45")
    assert pipeline.rows("select file_id, object_key, rows_loaded, rows_rejected from load_files") == [
        (1, KEY, 2, 1)
    ]
    assert pipeline.rows("select transaction_id, payment_type from transactions order by 1") == [
        (1_000_000_001, "CARD"),
        (1_000_000_002, "CARD"),
    ]
    [(line, reason, sentence)] = pipeline.rows("select line_number, reason, sentence from rejected_rows")
    assert (line, reason, bool(sentence)) == (3, "total_mismatch", version > 2)


def test_a_copy_without_metadata_fails_alone(pipeline: Pipeline) -> None:
    file = replayed(pipeline, WITHOUT_METADATA)

    assert (file["outcome"], "does not say of which load it is a copy" in file["sentence"]) == (
        "failed",
        True,
    )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_request_of_an_older_schema_is_sent_to_ingest_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """Its parts have other columns than COPY expects: only ingest can write them anew."""
    monkeypatch.setattr(handler, "SCHEMA_VERSION", SCHEMA_VERSION + 1)

    assert pipeline.load([request_body(version)]) == []

    [record] = pipeline.reingests
    assert record["s3"]["object"]["key"] == KEY
    assert pipeline.rows("select count(*) from load_files") == [(0,)]


def test_a_request_of_a_newer_schema_is_sent_to_ingest_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release may be rolled back while its requests wait on the queue."""
    [body] = pipeline.request(**{KEY: csv_of(sale())})
    newer = body.replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 9')
    assert newer != body

    assert pipeline.load([newer]) == []

    pipeline.ingest(*pipeline.reingests)
    assert pipeline.load(pipeline.take()) == []
    assert pipeline.statuses() == {KEY: "loaded"}
