"""When the messages of a batch come back, if they are not deleted: SQS is told, instead of its queue's 90 minutes.

No failure here fails a load. A message that SQS was not told of comes back after the queue's visibility timeout.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import client, queue_url
from chalicelib.errors import UnreachableError
from chalicelib.load import retries
from chalicelib.load.messages import Message
from chalicelib.load.queue import slices
from chalicelib.log import log_event
from chalicelib.settings import Settings


def hide(messages: Sequence[Message], settings: Settings) -> None:
    """Hide a batch's messages for as long as this run may last. If it is cut off, they come back soon after that."""
    _change({message: retries.lifetime(settings.load_timeout) for message in messages}, settings)


def postpone(messages: Sequence[Message], settings: Settings) -> None:
    """Let messages that failed come back after the delay of their receives."""
    _change({message: retries.delay(message.receives) for message in messages}, settings)


def _change(seconds: Mapping[Message, int], settings: Settings) -> None:
    entries = [
        {"Id": str(number), "ReceiptHandle": message.receipt, "VisibilityTimeout": seconds[message]}
        for number, message in enumerate(seconds)
        if message.receipt
    ]
    try:
        for few in slices(entries):
            _change_together(few, settings)
    except (ClientError, BotoCoreError, UnreachableError) as exc:
        log_event("visibility_unchanged", level=logging.WARNING, messages=len(entries), error=exc)


def _change_together(entries: Sequence[Any], settings: Settings) -> None:
    response = client("sqs").change_message_visibility_batch(
        QueueUrl=queue_url(settings.load_queue), Entries=entries
    )
    for failure in response.get("Failed", []):
        log_event("visibility_unchanged", level=logging.WARNING, messages=1, error=failure["Code"])
