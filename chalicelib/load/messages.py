"""The messages of the load queue: the requests in them, and which of these are loaded together."""

import logging
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.errors import RequestError
from chalicelib.log import log_event
from chalicelib.model import LoadRequest

SUSPECT_RECEIVES: Final = 3
"""A message that is received for the third time has failed twice, or has crashed the function twice."""

SUSPECTS_TOGETHER: Final = 10
"""Few enough to isolate a bad one soon, and enough to catch up after a long outage of the warehouse."""

RECEIVES: Final = "ApproximateReceiveCount"
"""The attribute in which SQS says how often a message was received."""

RECEIVE_COUNT: Final = re.compile("[0-9]{1,9}")
MILLISECONDS: Final = re.compile("[0-9]{1,14}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the queue, how often it has been received, and since when."""

    message_id: str
    receives: int = 1
    receipt: str = ""
    """The handle with which SQS names this receive; empty if the record does not say."""
    first_received: datetime | None = None
    """In UTC; None if the record does not say."""


def messages_of(event: dict[str, Any]) -> tuple[dict[LoadRequest, list[Message]], list[Message]]:
    """Return the requests, each once, with their messages, and the messages that contain no request.

    Each message is read alone. One that contains no request is delivered again, and ends among the dead letters, where
    somebody looks at it. A record without an id is only logged: SQS sends none.
    """
    messages: dict[LoadRequest, list[Message]] = defaultdict(list)
    unreadable = []
    for record in event["Records"]:
        message = _message(record)
        try:
            messages[_request(record)].append(message)
        except RequestError as exc:
            log_event("no_request", level=logging.ERROR, message_id=message.message_id, error=exc)
            unreadable.append(message)
    return messages, [message for message in unreadable if message.message_id]


def _message(record: Any) -> Message:
    """Return what a record says of its message. What it does not say, or says in another way than SQS, is left out."""
    fields = record if isinstance(record, dict) else {}
    attributes = fields.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    receives = _digits(attributes, RECEIVES, RECEIVE_COUNT)
    first = _digits(attributes, "ApproximateFirstReceiveTimestamp", MILLISECONDS)
    return Message(
        _text(fields, "messageId"),
        int(receives or "1"),
        _text(fields, "receiptHandle"),
        # Fourteen digits of milliseconds end in the year 5138.
        datetime.fromtimestamp(int(first) / 1000, UTC).replace(tzinfo=None) if first else None,
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _digits(fields: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    """Return a number as SQS writes it, which is a text; an empty text for anything else."""
    value = _text(fields, name)
    return value if form.fullmatch(value) else ""


def _request(record: Any) -> LoadRequest:
    """Return the request in a record; raise `RequestError` if the record is not SQS's."""
    if not isinstance(record, dict) or not _text(record, "messageId"):
        raise RequestError("A record of the load queue has no message id.")
    if not isinstance(record.get("body"), str):
        raise RequestError("A message on the load queue has no text as its body.")
    attributes = record.get("attributes", {})
    if not isinstance(attributes, dict) or (
        RECEIVES in attributes and not _digits(attributes, RECEIVES, RECEIVE_COUNT)
    ):
        raise RequestError("A message on the load queue does not say how often it was received.")
    return LoadRequest.from_json(record["body"])


def batches(messages: Mapping[LoadRequest, Sequence[Message]]) -> list[list[LoadRequest]]:
    """Return the requests as one batch, and after it, a few at a time, those that have failed before.

    One of these suspects may have crashed the whole function, and nobody knows which. Their order is random each time,
    so that the others get their turn before it or without it.
    """
    suspects = [
        request
        for request, received in messages.items()
        if max(message.receives for message in received) >= SUSPECT_RECEIVES
    ]
    random.shuffle(suspects)
    # 23 suspects -> batches of 10, 10 and 3
    small_batches = [
        suspects[start : start + SUSPECTS_TOGETHER] for start in range(0, len(suspects), SUSPECTS_TOGETHER)
    ]
    fresh = [request for request in messages if request not in suspects]
    return [batch for batch in [fresh, *small_batches] if batch]
