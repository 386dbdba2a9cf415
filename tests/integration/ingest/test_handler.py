"""The function `ingest` between S3 and the load queue: the events that it takes, and when it cannot do its work."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.errors import IngestError
from chalicelib.ingest import handler as ingest_handler
from chalicelib.ingest.handler import fetched_hash_key
from chalicelib.operations import replay
from chalicelib.storage.archive import object_key
from tests.support.log_lines import log_lines
from tests.support.pipeline import HASH_KEY, PROCESSED, RAW, SECRET, Pipeline, csv_of, sale
from tests.support.sweeps import sweep


@pytest.fixture
def bad_secret(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose secret holds no hash key."""
    fetched_hash_key.cache_clear()
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString="0f0f, and no more")
    yield pipeline
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString=HASH_KEY)
    fetched_hash_key.cache_clear()


def test_a_bad_hash_key_is_logged_for_every_object(
    bad_secret: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """The runbook says to look for `ingest_failed`; the line says which secret, and nothing of its content."""
    records = [bad_secret.put(key, csv_of(sale())) for key in ("leeds.csv", "york.csv")]

    with pytest.raises(IngestError, match=f"{SECRET} .* is not 64 hexadecimal digits"):
        bad_secret.ingest(*records)

    assert [(line["event"], line["object_key"]) for line in log_lines(caplog)] == [
        ("ingest_failed", "leeds.csv"),
        ("ingest_failed", "york.csv"),
    ]
    assert "0f0f" not in caplog.text
    assert bad_secret.take() == []


def test_an_event_by_eventbridge_is_staged_under_its_plain_key(pipeline: Pipeline) -> None:
    """There a key is not encoded: `%41` in it is no A."""
    key = "café +%41.csv"
    stored = pipeline.put(key, csv_of(sale()))["s3"]["object"]
    s3_object = {"key": key, "etag": stored["eTag"], "version-id": stored["versionId"], "sequencer": "0A"}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": s3_object}}

    assert ingest_handler.handle(event) == {"requested": 1}

    [body] = pipeline.take()
    assert json.loads(body)["source"]["object_key"] == key
    assert json.loads(body)["source"]["sequencer"].startswith("0A")


def test_an_event_by_sns_and_sqs_is_loaded(pipeline: Pipeline) -> None:
    record = pipeline.put("leeds.csv", csv_of(sale()))
    envelope = {"Type": "Notification", "Message": json.dumps({"Records": [record]})}

    assert pipeline.ingest({"eventSource": "aws:sqs", "body": json.dumps(envelope)}) == {"requested": 1}

    pipeline.load(pipeline.take())
    assert pipeline.statuses() == {"leeds.csv": "loaded"}


def test_a_malformed_record_fails_visibly_and_the_others_are_staged(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    records = [pipeline.put(key, csv_of(sale())) for key in ("leeds.csv", "york.csv")]
    malformed = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": ["Jo Bloggs"]}}}

    with pytest.raises(IngestError, match=r"1 object could not be staged: .* key is not a text"):
        pipeline.ingest(records[0], malformed, records[1])

    assert len(pipeline.take()) == 2
    [line] = [line for line in log_lines(caplog) if line["level"] == "ERROR"]
    assert line["event"] == "no_s3_event"
    assert "Bloggs" not in caplog.text


@pytest.mark.parametrize("event", [{}, {"Records": [7]}, {"source": "aws.ec2"}, None])
def test_an_event_of_anybody_else_fails_visibly(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture, event: Any
) -> None:
    with pytest.raises(IngestError, match=r"n event is not one of S3, nor wraps one\."):
        ingest_handler.handle(event)

    assert "no_s3_event" in caplog.text
    assert pipeline.take() == []


def test_a_file_whose_key_ends_as_a_folder_is_loaded_archived_and_replayed(pipeline: Pipeline) -> None:
    """An empty object of such a key is a folder that somebody made in the console."""
    assert pipeline.ingest(pipeline.put("2021/", b"")) == {"requested": 0}
    pipeline.load([pipeline.request_of(pipeline.put("leeds/", csv_of(sale())))])

    assert pipeline.statuses() == {"leeds/": "loaded"}
    assert pipeline.keys(RAW) == ["2021/"]
    [key] = [key for key in pipeline.keys(PROCESSED) if key.startswith("archive/")]
    assert object_key(key) == "leeds/"


def test_the_sweep_and_a_replay_find_such_a_file_and_pass_over_folders(pipeline: Pipeline) -> None:
    pipeline.put("2021/", b"")
    pipeline.put("leeds/", csv_of(sale()))

    assert sweep()["files_reingested"] == 1
    [file] = replay.handle({"source": "raw"}, seconds=300)["files"]

    assert (file["object_key"], file["outcome"]) == ("leeds/", "loaded")
    assert pipeline.keys(RAW) == ["2021/"]


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_a_file_in_glacier_is_refused_with_a_sentence(pipeline: Pipeline, storage_class: Any) -> None:
    """S3 does not give its content. The sweep leaves it alone, and a correction in its place is loaded."""
    key, content = "leeds_25-08-2021.csv", csv_of(sale())
    stored = pipeline.clients.s3.put_object(Bucket=RAW, Key=key, Body=content, StorageClass=storage_class)
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"object": {"key": key, "versionId": stored["VersionId"]}},
    }

    pipeline.load([pipeline.request_of(record)])

    [(status, reason, sentence)] = pipeline.rows("select status, reason, sentence from load_files")
    assert (status, reason) == ("refused", "glacier")
    assert sentence == (
        f"The file is in the storage class {storage_class}, from which nobody can read it at once:"
        " upload it again in the class STANDARD."
    )
    assert sweep()["files_reingested"] == 0

    pipeline.load([pipeline.request_of(pipeline.put(key, content))])
    assert pipeline.statuses() == {key: "loaded"}
    assert pipeline.keys(RAW) == []


def test_a_file_that_was_restored_from_glacier_is_loaded_by_a_replay(pipeline: Pipeline) -> None:
    """As the runbook says, if nobody can upload it again."""
    key = "leeds_25-08-2021.csv"
    pipeline.clients.s3.put_object(Bucket=RAW, Key=key, Body=csv_of(sale()), StorageClass="GLACIER")
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}
    pipeline.load([pipeline.request_of(record)])
    assert pipeline.statuses() == {key: "refused"}

    pipeline.clients.s3.restore_object(Bucket=RAW, Key=key, RestoreRequest={"Days": 1})
    [file] = replay.handle({"source": "raw"}, seconds=300)["files"]

    assert (file["outcome"], pipeline.statuses()) == ("loaded", {key: "loaded"})
    assert (pipeline.count_sales(), pipeline.keys(RAW)) == (1, [])
