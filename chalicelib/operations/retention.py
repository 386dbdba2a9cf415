"""The time for which a load request may wait: after that its parts are not needed any more."""

import json
from datetime import timedelta

from chalicelib.aws import client


def longest_wait(queue: str) -> timedelta:
    """Return the time for which a message may wait, on a queue and then among its dead letters."""
    attributes = _attributes(queue)
    seconds = int(attributes["MessageRetentionPeriod"])
    if "RedrivePolicy" in attributes:
        dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
        seconds += int(_attributes(dead_letters)["MessageRetentionPeriod"])
    return timedelta(seconds=seconds)


def _attributes(queue: str) -> dict[str, str]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["MessageRetentionPeriod", "RedrivePolicy"]
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return attributes
