"""How long a load request may wait on its queues, and with it the parts and the raw file that it names."""

import json
from datetime import timedelta
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.load import retries

PATIENCE: Final = timedelta(minutes=15)
"""A raw object that is older than this should have been loaded, if no request waits or is tried again."""

LONG_PATIENCE: Final = timedelta(seconds=retries.retried_for()) + timedelta(hours=2)
"""After this time the request of a raw object has been given up, and two hours are enough for sixty attempts."""

COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
"""The messages of a queue: those that wait, those that are being loaded or come back later, those sent with a delay."""


def longest_wait(queue: str) -> timedelta:
    """Return the time for which a message may wait, on a queue and then among its dead letters."""
    attributes = _attributes(queue)
    seconds = int(attributes["MessageRetentionPeriod"])
    if "RedrivePolicy" in attributes:
        dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
        seconds += int(_attributes(dead_letters)["MessageRetentionPeriod"])
    return timedelta(seconds=seconds)


def patience(queue: str, between_loads: timedelta = timedelta()) -> timedelta:
    """Return the time after which a raw object that is not loaded is sent to `ingest` again.

    While the queue has requests, one of them may be that object's: it is loaded when its time comes, or as soon as the
    warehouse is back.
    """
    attributes = _attributes(queue)
    is_empty = all(int(attributes[count]) == 0 for count in COUNTS)
    return PATIENCE if is_empty else LONG_PATIENCE + between_loads


def _attributes(queue: str) -> dict[str, str]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names: Any = ["MessageRetentionPeriod", "RedrivePolicy", *COUNTS]
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return attributes
