"""The messages that may name an erased file: on the load queue, among its dead letters, among those of `ingest`."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import client, error_code
from chalicelib.ingest.events import named_objects
from chalicelib.settings import Settings

MOST_MESSAGES: Final = 2_000
"""Messages of one queue that are received, at most: each is invisible to `load` until all queues are read."""

SECONDS: Final = 60
"""Seconds for which one queue is read, at most."""

INVISIBLE_SECONDS: Final = 600
"""Seconds after which messages come back by themselves, if the function is killed before it gives them back."""

WAIT_SECONDS: Final = 1
"""Seconds for which SQS waits for a message before it says that there is none."""

RECEIVED_AT_ONCE: Final = 10
"""Messages in one answer of SQS, at most."""

NO_QUEUE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


@dataclass(frozen=True)
class Message:
    """A message that was received, with the files that it names."""

    queue_url: str
    receipt: str
    object_keys: frozenset[str]
    content_sha256: str
    """The content that a load request names; empty for an event."""

    def names(self, keys: set[str], contents: set[str]) -> bool:
        """Tell whether the message names one of these keys or contents."""
        return bool(self.object_keys & keys) or self.content_sha256 in contents


@dataclass
class Messages:
    """The messages that could be received, and the number of those that could not."""

    received: list[Message] = field(default_factory=list)
    unread: int = 0
    """Messages that others are working on, or that are too many to read; SQS's counts are approximate."""
    deleted: set[Message] = field(default_factory=set)

    def delete(self, message: Message) -> None:
        """Delete a message for good."""
        client("sqs").delete_message(QueueUrl=message.queue_url, ReceiptHandle=message.receipt)
        self.deleted.add(message)


@contextmanager
def messages(settings: Settings) -> Iterator[Messages]:
    """Receive the messages of all three queues; give back those that were not deleted inside the block.

    Each message is received once: receiving one again and again would bring it to the dead letters.
    """
    result = Messages()
    try:
        for url in _urls(settings):
            _receive(url, result)
        yield result
    finally:
        for message in result.received:
            if message not in result.deleted:
                _give_back(message)


def _urls(settings: Settings) -> Iterator[str]:
    """Yield the URL of each queue. A stage on a laptop may lack the dead letters of `ingest`."""
    sqs = client("sqs")
    load_url = sqs.get_queue_url(QueueName=settings.load_queue)["QueueUrl"]
    yield load_url
    policy = sqs.get_queue_attributes(QueueUrl=load_url, AttributeNames=["RedrivePolicy"])
    names = [f"{settings.ingest_function}-dead"]
    if "RedrivePolicy" in policy.get("Attributes", {}):
        arn = json.loads(policy["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
        names.append(arn.rpartition(":")[2])
    for name in names:
        try:
            yield sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError as exc:
            if error_code(exc) not in NO_QUEUE:
                raise


def _receive(url: str, result: Messages) -> None:
    """Receive the messages of a queue until there is none, or they are too many."""
    sqs = client("sqs")
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    result.unread += int(counts["ApproximateNumberOfMessagesNotVisible"])
    until, number = time.monotonic() + SECONDS, 0
    while number < MOST_MESSAGES and time.monotonic() < until:
        # Waiting a little makes SQS ask all of its servers; without it, it may say that there is nothing.
        response = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=RECEIVED_AT_ONCE,
            VisibilityTimeout=INVISIBLE_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
        )
        received = [_message(url, item) for item in response.get("Messages", [])]
        if not received:
            return
        result.received += received
        number += len(received)
    result.unread += max(0, int(counts["ApproximateNumberOfMessages"]) - number)


def _give_back(message: Message) -> None:
    """Make a message visible again at once. One that has come back by itself meanwhile needs nothing."""
    try:
        client("sqs").change_message_visibility(
            QueueUrl=message.queue_url, ReceiptHandle=message.receipt, VisibilityTimeout=0
        )
    except ClientError as exc:
        if error_code(exc) not in {"MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"}:
            raise


def _message(url: str, item: Any) -> Message:
    """Read a message, which may be of an older release, or hold anything: then it names nothing."""
    receipt = item["ReceiptHandle"]
    try:
        body = json.loads(item["Body"])
        if "requestPayload" in body:
            return Message(url, receipt, frozenset(_keys_of_event(body["requestPayload"])), "")
        return Message(url, receipt, frozenset({body["source"]["object_key"]}), str(body["content_sha256"]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Message(url, receipt, frozenset(), "")


def _keys_of_event(event: Any) -> Iterator[str]:
    """Yield the keys that an event names, which failed three times in `ingest`."""
    objects, _ = named_objects(event)
    for named in objects:
        yield named.key
