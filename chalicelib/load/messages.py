"""The messages of the load queue: the requests in them, and which of these are loaded together."""

import logging
import random
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


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the queue, and how often it has been received."""

    message_id: str
    receives: int


def messages_of(event: dict[str, Any]) -> tuple[dict[LoadRequest, list[Message]], list[str]]:
    """Return the requests, each once, with their messages, and the ids of the messages that contain no request."""
    messages: dict[LoadRequest, list[Message]] = defaultdict(list)
    unreadable = []
    for record in event["Records"]:
        receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            request = LoadRequest.from_json(record["body"])
        except RequestError as exc:
            # It fails alone, is delivered again, and ends among the dead letters, where somebody looks at it.
            log_event("no_request", level=logging.ERROR, message_id=record["messageId"], error=exc)
            unreadable.append(record["messageId"])
        else:
            messages[request].append(Message(record["messageId"], receives))
    return messages, unreadable


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
