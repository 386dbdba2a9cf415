"""The objects that events name, as S3 sends them, and as EventBridge, SNS and SQS wrap them."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.ingest.events import DEEPEST, NamedObject, named_objects

LEEDS = NamedObject("café +leeds.csv", "v1", "d41d8", "0A", is_created=True)
RECORD = {
    "eventName": "ObjectCreated:Put",
    "s3": {
        "bucket": {"name": "ads-raw-data"},
        "object": {
            "key": "caf%C3%A9+%2Bleeds.csv",
            "size": 9,
            "eTag": "d41d8",
            "versionId": "v1",
            "sequencer": "0A",
        },
    },
}
S3 = {"Records": [RECORD]}
EVENTBRIDGE = {
    "version": "0",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "detail": {
        "bucket": {"name": "ads-raw-data"},
        "object": {
            "key": "café +leeds.csv",
            "size": 9,
            "etag": "d41d8",
            "version-id": "v1",
            "sequencer": "0A",
        },
        "reason": "PutObject",
    },
}
TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "ads-raw-data"}


def by_sns(event: Any) -> Any:
    """Return an event as SNS gives it to a function."""
    message = {"Type": "Notification", "Message": json.dumps(event)}
    return {"Records": [{"EventSource": "aws:sns", "Sns": message}]}


def by_sqs(event: Any) -> Any:
    """Return an event as a queue gives it to a function."""
    return {"Records": [{"messageId": "1", "body": json.dumps(event), "eventSource": "aws:sqs"}]}


def by_sns_and_sqs(event: Any) -> Any:
    """Return an event that SNS has sent to a queue."""
    return by_sqs({"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(event)})


def plain(event: Any) -> Any:
    """Return an event as it is."""
    return event


WRAPPINGS: list[Callable[[Any], Any]] = [plain, by_sns, by_sqs, by_sns_and_sqs]


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize("event", [S3, EVENTBRIDGE], ids=["s3", "eventbridge"])
def test_an_event_names_the_same_object_however_it_is_wrapped(wrapped: Any, event: Any) -> None:
    assert named_objects(wrapped(event)) == ([LEEDS], [])


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize("event", [TEST_EVENT, {"Records": []}], ids=["test event", "no record"])
def test_a_test_event_names_nothing_and_is_no_error(wrapped: Any, event: Any) -> None:
    assert named_objects(wrapped(event)) == ([], [])


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        "Records",
        {"Records": {}},
        {"Records": [7]},
        {"minutes": 0},
        {"source": "aws.ec2", "detail-type": "Object Created", "detail": EVENTBRIDGE["detail"]},
        {"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": EVENTBRIDGE["detail"]},
        {"source": "aws.s3", "detail-type": "Object Created"},
        {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
        {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"},
    ],
    ids=json.dumps,
)
def test_anything_else_is_an_error(wrapped: Any, event: Any) -> None:
    named, errors = named_objects(wrapped(event))

    assert (named, len(errors)) == ([], 1)


@pytest.mark.parametrize("message", ["", "no JSON", "[" * 100_000, '{"a": ', "9" * 5_000])
def test_a_message_that_is_no_json_is_an_error_without_its_words(message: str) -> None:
    for event in ({"Records": [{"body": message}]}, {"Records": [{"Sns": {"Message": message}}]}):
        named, [error] = named_objects(event)

        assert named == []
        assert str(error) in {
            "A message that should wrap an event of S3 is not JSON.",
            "An event is not one of S3, nor wraps one.",
        }


def test_an_event_in_too_many_envelopes_is_an_error() -> None:
    """Nobody wraps an event so often but to make the function work."""
    event: Any = S3
    for _ in range(DEEPEST):
        event = by_sqs(event)

    assert named_objects(event) == ([LEEDS], [])
    assert [str(error) for error in named_objects(by_sqs(event))[1]] == [
        f"An event is wrapped more than {DEEPEST} times."
    ]


def broken(path: str, value: Any) -> Any:
    """Return a record in which a field has another value; without one, the field is gone."""
    record = json.loads(json.dumps(RECORD))
    *above, name = path.split("/")
    parent = record
    for step in above:
        parent = parent[step]
    if value is ...:
        del parent[name]
    else:
        parent[name] = value
    return record


ODD_VALUES = [..., 7, [], {}, None]
BROKEN = [
    *(broken(path, value) for path, value in itertools.product(["eventName", "s3"], ODD_VALUES)),
    *(broken(path, value) for path, value in itertools.product(["s3/object", "s3/object/key"], ODD_VALUES)),
    *(broken(f"s3/object/{name}", 7) for name in ("versionId", "eTag", "sequencer")),
]


@pytest.mark.parametrize("record", BROKEN, ids=json.dumps)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_malformed_record_does_not_hide_the_others(record: Any, place: int) -> None:
    other = broken("s3/object/key", "york.csv")
    records = [RECORD, other]
    records.insert(place, record)

    named, errors = named_objects({"Records": records})

    assert [entry.key for entry in named] == [LEEDS.key, "york.csv"]
    assert len(errors) == 1
    assert "leeds" not in str(errors[0])


@pytest.mark.parametrize("name", ["versionId", "eTag", "sequencer"])
@pytest.mark.parametrize("value", [..., None])
def test_a_bucket_without_versions_may_leave_fields_out(name: str, value: Any) -> None:
    [named], errors = named_objects({"Records": [broken(f"s3/object/{name}", value)]})

    assert (named.key, errors) == (LEEDS.key, [])


@pytest.mark.parametrize("kind", ["ObjectRemoved:Delete", "ObjectRestore:Completed", "ObjectTagging:Put"])
def test_an_event_of_another_kind_names_an_object_that_was_not_created(kind: str) -> None:
    [named], errors = named_objects({"Records": [broken("eventName", kind)]})

    assert (named.is_created, errors) == (False, [])


def test_the_same_version_is_named_once() -> None:
    assert named_objects({"Records": [RECORD, RECORD]}) == ([LEEDS], [])
