"""The load queue for a load that runs at its times: it receives and deletes the messages itself."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from chalicelib.aws import client, queue_url
from chalicelib.settings import Settings

Record = dict[str, Any]
"""A message as an event of SQS has it: `messageId`, `receiptHandle`, `body` and `attributes`."""

MOST_RECORDS: Final = 100
"""Messages that are loaded together, at most: the `batch_size` in app.py."""

AT_A_TIME: Final = 10
"""Messages that one call of SQS receives, deletes or hides, at most."""

Part = TypeVar("Part")

WAIT_SECONDS: Final = 1
"""Seconds for which SQS waits for a message. Without waiting, it may pass over a server that has some."""


class LoadQueue:
    """The load queue. A message that is received is invisible to others for the queue's visibility timeout."""

    def __init__(self, settings: Settings) -> None:
        self._sqs = client("sqs")
        self._url = queue_url(settings.load_queue)

    def receive(self, wait: int) -> list[Record]:
        """Return the next messages, `MOST_RECORDS` at most; wait some seconds for the first one."""
        records = self._receive(wait)
        while records and len(records) + AT_A_TIME <= MOST_RECORDS:
            if not (more := self._receive(min(wait, WAIT_SECONDS))):
                break
            records += more
        return records

    def _receive(self, wait: int) -> list[Record]:
        response = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=AT_A_TIME,
            WaitTimeSeconds=wait,
            AttributeNames=["ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"],
        )
        return [_record(message) for message in response.get("Messages", [])]

    def delete(self, records: Sequence[Record]) -> None:
        """Delete messages for good. One that SQS fails to delete comes again, and brings nothing new."""
        for few in slices(records):
            entries = [
                {"Id": str(number), "ReceiptHandle": record["receiptHandle"]}
                for number, record in enumerate(few)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)


def _record(message: Any) -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
    }


def slices(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Yield as many messages, or entries for them, as one call of SQS takes, until all were yielded."""
    for start in range(0, len(parts), AT_A_TIME):
        yield parts[start : start + AT_A_TIME]
