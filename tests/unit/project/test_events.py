"""The sample events have the fields that AWS documents, and refer to the project's sample files."""

import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from chalicelib.ingest.events import named_objects
from chalicelib.model import LoadRequest
from local.state import PROJECT

EVENTS = PROJECT / "events"
SAMPLES = PROJECT / "samples"
NAMES = sorted(path.name for path in EVENTS.glob("*.json"))
OBJECT_EVENTS = ["s3-encoded-key.json", "s3-put.json", "s3-several-records.json"]
ENCODED_KEY = "Été uploads/week 11+12/brackenford_14-03-2022_07-00-00.csv"


def event(name: str) -> dict[str, Any]:
    """Return a sample event."""
    loaded: dict[str, Any] = json.loads((EVENTS / name).read_text(encoding="utf-8"))
    return loaded


def md5(content: bytes) -> str:
    """Return the MD5 digest, which S3 has as an eTag and SQS as a checksum."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_the_readme_explains_the_events_and_no_others() -> None:
    readme = (EVENTS / "README.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"^\| `([\w-]+\.json)`", readme, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", OBJECT_EVENTS)
def test_s3_records_have_the_documented_fields(name: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html."""
    for record in event(name)["Records"]:
        assert record.keys() == {
            "eventVersion",
            "eventSource",
            "awsRegion",
            "eventTime",
            "eventName",
            "userIdentity",
            "requestParameters",
            "responseElements",
            "s3",
        }
        assert record["eventVersion"].startswith("2.")
        assert record["eventSource"] == "aws:s3"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["eventTime"])
        assert record["eventName"] in {"ObjectCreated:Put", "ObjectCreated:Copy"}
        assert record["s3"].keys() == {"s3SchemaVersion", "configurationId", "bucket", "object"}
        assert record["s3"]["bucket"].keys() == {"name", "ownerIdentity", "arn"}
        assert record["s3"]["bucket"]["name"] == "ads-raw-data"
        assert record["s3"]["object"].keys() == {"key", "size", "eTag", "sequencer"}
        assert re.fullmatch(r"[0-9A-F]{16,}", record["s3"]["object"]["sequencer"])


@pytest.mark.parametrize("name", OBJECT_EVENTS)
def test_s3_records_have_the_size_and_etag_of_the_samples(name: str) -> None:
    """Ingest trusts a sequencer only if the event's eTag is that of the bytes that it reads."""
    for record in event(name)["Records"]:
        described = record["s3"]["object"]
        content = (SAMPLES / Path(unquote_plus(described["key"])).name).read_bytes()

        assert described["size"] == len(content)
        assert described["eTag"] == md5(content)


def test_there_is_an_event_of_several_records() -> None:
    """S3 sends one record an event today, but does not promise it."""
    keys = [record["s3"]["object"]["key"] for record in event("s3-several-records.json")["Records"]]

    assert len(set(keys)) == 3


def test_the_encoded_key_is_to_be_unquoted_once() -> None:
    """It has a plus, a space that is sent as a plus, and letters outside of ASCII."""
    key = event("s3-encoded-key.json")["Records"][0]["s3"]["object"]["key"]

    assert key.isascii()
    assert unquote_plus(key) == ENCODED_KEY
    assert unquote_plus(unquote_plus(key)) != ENCODED_KEY


@pytest.mark.parametrize("name", ["s3-by-eventbridge.json", "s3-by-sns-and-sqs.json"])
def test_a_wrapped_event_names_a_sample_with_its_etag(name: str) -> None:
    """It describes one object, as a record of S3's own event does."""
    [[named], errors] = named_objects(event(name))

    assert errors == []
    assert named.is_created
    assert named.etag == md5((SAMPLES / named.key).read_bytes())
    assert re.fullmatch(r"[0-9A-F]{16,}", named.sequencer)


def test_the_test_event_has_no_records() -> None:
    """S3 sends it when a notification is set up."""
    sent = event("s3-test-event.json")

    assert sent.keys() == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert sent["Event"] == "s3:TestEvent"


def test_sqs_messages_have_the_documented_fields() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""
    records = event("sqs-load.json")["Records"]

    assert len({record["messageId"] for record in records}) == 2
    for record in records:
        assert record.keys() == {
            "messageId",
            "receiptHandle",
            "body",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }
        assert record["attributes"].keys() == {
            "ApproximateReceiveCount",
            "SentTimestamp",
            "SenderId",
            "ApproximateFirstReceiveTimestamp",
        }
        assert record["eventSourceARN"].endswith(":cafe-etl-load")
        assert record["md5OfBody"] == md5(record["body"].encode())


def test_sqs_bodies_are_load_requests_of_the_samples() -> None:
    """They are what today's model writes, with the figures of the files."""
    for record in event("sqs-load.json")["Records"]:
        request = LoadRequest.from_json(record["body"])
        content = (SAMPLES / request.source.object_key).read_bytes()
        lines = content.decode().splitlines()

        assert request.to_json() == record["body"]
        assert request.content_sha256 == hashlib.sha256(content).hexdigest()
        assert request.source.etag == md5(content)
        assert request.rows_read == len(lines)
        assert request.items == sum(len(re.findall(r" - \d+\.\d\d", line)) for line in lines)
        assert request.total == sum(Decimal(line.rsplit(",", 3)[1]) for line in lines)


def test_the_event_of_create_database_is_an_empty_object() -> None:
    assert event("create-database.json") == {}
