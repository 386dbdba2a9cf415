"""The messages of the load queue: the requests in them, and which of these are loaded together."""

import logging
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.errors import RequestError
from chalicelib.log import log_event
from chalicelib.model import LoadRequest

SUSPECT_RECEIVES: Final = 3
"""A message that is received for the third time has failed twice, or has crashed the function twice."""

SUSPECTS_TOGETHER: Final = 10
"""Few enough to isolate a bad one soon, and enough to catch up after a long outage of the warehouse."""

RECEIVE_COUNT: Final = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the queue, and how often it has been received."""

    message_id: str
    receives: int


def messages_of(event: dict[str, Any]) -> tuple[dict[LoadRequest, list[Message]], list[str]]:
    """Return the requests, each once, with their messages, and the ids of the messages that contain no request.

    Each message is read alone. One that contains no request is delivered again, and ends among the dead letters, where
    somebody looks at it. A record without an id is only logged: SQS sends none.
    """
    messages: dict[LoadRequest, list[Message]] = defaultdict(list)
    unreadable = []
    for record in event["Records"]:
        message_id = _message_id(record)
        try:
            request, receives = _request(record)
        except RequestError as exc:
            log_event("no_request", level=logging.ERROR, message_id=message_id, error=exc)
            unreadable.append(message_id)
        else:
            messages[request].append(Message(message_id, receives))
    return messages, [message_id for message_id in unreadable if message_id]


def _message_id(record: Any) -> str:
    """Return the id of a record's message; an empty text if it has none that could be named as failed."""
    message_id = record.get("messageId") if isinstance(record, dict) else None
    return message_id if isinstance(message_id, str) else ""


def _request(record: Any) -> tuple[LoadRequest, int]:
    """Return the request in a record, and how often it was received; raise `RequestError` if it is not SQS's."""
    if not _message_id(record):
        raise RequestError("A record of the load queue has no message id.")
    if not isinstance(record.get("body"), str):
        raise RequestError("A message on the load queue has no text as its body.")
    attributes = record.get("attributes", {})
    receives = attributes.get("ApproximateReceiveCount", "1") if isinstance(attributes, dict) else None
    # SQS writes the count as a text.
    if not isinstance(receives, str) or not RECEIVE_COUNT.fullmatch(receives):
        raise RequestError("A message on the load queue does not say how often it was received.")
    return LoadRequest.from_json(record["body"]), int(receives)


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
