"""Each record of the load queue is read alone: one that is not SQS's own hinders no other."""

from typing import Any

import pytest

from chalicelib.load.messages import messages_of
from tests.support.load_requests import REQUEST

HONEST = {"messageId": "honest", "body": REQUEST.to_json(), "attributes": {"ApproximateReceiveCount": "2"}}
SECRET = "Quentin Canarybird"

BAD_RECORDS: dict[str, dict[str, Any]] = {
    "no body": {"body": None},
    "a body that is a number": {"body": 7},
    "a body that is an object": {"body": {"ingest_id": SECRET}},
    "a body of other words": {"body": SECRET},
    "no attributes": {"attributes": None},
    "attributes in a list": {"attributes": [SECRET]},
    "a count in words": {"attributes": {"ApproximateReceiveCount": SECRET}},
    "a count in digits of another script": {"attributes": {"ApproximateReceiveCount": "\uff12"}},
    "a count of too many digits": {"attributes": {"ApproximateReceiveCount": "9" * 5000}},
    "a count that is a list": {"attributes": {"ApproximateReceiveCount": []}},
}


def read(*records: Any) -> list[str]:
    """Return the ids of the messages that failed; the honest message must be among those that were read."""
    messages, failed = messages_of({"Records": [records[0], HONEST, *records[1:]]})
    [received] = [received for request, received in messages.items() if request == REQUEST]
    assert [(message.message_id, message.receives) for message in received] == [("honest", 2)]
    return [message.message_id for message in failed]


@pytest.mark.parametrize("changes", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_a_record_of_the_wrong_kind_fails_alone(
    changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert read(HONEST | {"messageId": "bad"} | changes) == ["bad"]
    assert '"message_id": "bad"' in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "record", [None, [], "text", 7, {}, {"messageId": 7, "body": SECRET}, {"messageId": ""}]
)
def test_a_record_that_cannot_be_named_is_only_logged(record: Any, caplog: pytest.LogCaptureFixture) -> None:
    """SQS would take an id that it does not know, or none, for a failure of the whole batch."""
    assert read(record) == []
    assert "has no message id" in caplog.text
    assert SECRET not in caplog.text


def test_a_missing_count_is_that_of_the_first_delivery() -> None:
    messages, _ = messages_of({"Records": [{"messageId": "first", "body": REQUEST.to_json()}]})

    assert [message.receives for message in messages[REQUEST]] == [1]
