"""Polls queues for functions, as Lambda's event source mapping does.

A batch is full with BatchSize messages, or goes off when the batching window is over. Up to MaximumConcurrency batches
run at once. Messages that succeed are deleted. The others are delivered again, until the queue's maxReceiveCount sends
them to its dead-letter queue.
"""

import json
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid

from chalicelib.load import retries
from local.cloud import moto_backends
from local.cloud.warm_worker import Answer

TICK_SECONDS = 0.03
LONGEST_WINDOW_SECONDS = 0.2
"""The deployed window is longer, since a fuller batch costs less; on a laptop it would only be a delay."""

MAXIMUM_CONCURRENCY = 2
"""The batches of a mapping that run at once, unless its own setting says otherwise."""


class EventSources:
    """A thread that watches the queues of all mappings, and another for each running batch."""

    def __init__(self, invoke: Callable[[str, Any], Answer], retry_seconds: float) -> None:
        self._invoke = invoke
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._waiting_since: dict[str, float] = {}
        self._under_way: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def stop(self) -> None:
        """Stop polling; running batches go on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def under_way(self) -> int:
        """Return the number of running batches."""
        with self._lock:
            return sum(self._under_way.values())

    def _watch(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._poll()
            except Exception:  # noqa: BLE001 - a queue may have changed meanwhile: the next poll sees it whole
                traceback.print_exc()
                self._stopping.wait(self._retry_seconds)

    def _poll(self) -> None:
        """Dispatch a batch of each queue that is due."""
        for mapping in moto_backends.event_source_mappings():
            queue = moto_backends.queues().get(mapping.event_source_arn.split(":")[-1])
            if queue is not None and self._is_due(mapping, queue):
                self._dispatch(mapping, queue)

    def _is_due(self, mapping: Any, queue: Any) -> bool:
        """Whether a batch is full, or its window is over, and one more may run."""
        waiting = len(queue.messages)
        if not waiting:
            self._waiting_since.pop(mapping.uuid, None)
            return False
        # The window begins with the first message that is seen, not with the end of the last batch.
        since = self._waiting_since.setdefault(mapping.uuid, time.monotonic())
        window = min(mapping.max_batch_window or 0, LONGEST_WINDOW_SECONDS)
        limit = (mapping.scaling_config or {}).get("MaximumConcurrency", MAXIMUM_CONCURRENCY)
        is_ready = waiting >= mapping.batch_size or time.monotonic() - since >= window
        return is_ready and self._under_way[mapping.uuid] < limit

    def _dispatch(self, mapping: Any, queue: Any) -> None:
        """Receive a batch and run it; moto moves messages that were received too often to the dead-letter queue."""
        self._waiting_since.pop(mapping.uuid, None)
        messages = moto_backends.sqs().receive_message(
            queue.name, mapping.batch_size, 0, queue.visibility_timeout, ["All"]
        )
        if messages:
            with self._lock:
                self._under_way[mapping.uuid] += 1
            threading.Thread(target=self._run, args=(mapping, queue, messages), daemon=True).start()

    def _run(self, mapping: Any, queue: Any, messages: list[Any]) -> None:
        try:
            answer = self._invoke(mapping.function_arn, event(queue, messages))
            partial = "ReportBatchItemFailures" in (mapping.function_response_types or [])
            failed = failures(answer, {message.id for message in messages}, partial=partial)
            for message in messages:
                if message.id in failed:
                    self._release(queue, message)
                else:
                    with suppress(ReceiptHandleIsInvalid):  # somebody purged the queue meanwhile
                        queue.delete_message(message.receipt_handle)
        finally:
            with self._lock:
                self._under_way[mapping.uuid] -= 1

    def _release(self, queue: Any, received: Any) -> None:
        """Show a message again after a short delay, longer each time, whatever delay the function has asked SQS for.

        On AWS it comes back when its visibility timeout ends: minutes are seconds here.
        """
        minutes = retries.delay(received.approximate_receive_count) / retries.STEP
        delay = self._retry_seconds * minutes
        with queue._messages_lock:  # noqa: SLF001
            for message in queue._messages:  # noqa: SLF001
                if message.id == received.id:
                    message.visible_at = (time.time() + delay) * 1000


def failures(answer: Answer, sent: set[str], *, partial: bool) -> set[str]:
    """Return the ids of the messages to deliver again: all of them if the answer is invalid.

    `partial` says that the mapping has ReportBatchItemFailures, so that an answer may name the messages that failed:
    `{"batchItemFailures": [{"itemIdentifier": "message-2"}]}` of a batch of three -> {"message-2"}.
    """
    if answer.failed:
        return sent
    if not partial:
        return set()
    try:
        named = [
            item["itemIdentifier"]
            for item in (json.loads(answer.payload) or {}).get("batchItemFailures") or []
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return sent
    # An id that was not sent shows a bug in the function. Then Lambda, too, ignores the whole answer.
    return set(named) if sent.issuperset(named) else sent


def event(queue: Any, messages: list[Any]) -> dict[str, Any]:
    """Return the event that a function gets for a batch."""
    return {"Records": [_record(queue, message) for message in messages]}


def _record(queue: Any, message: Any) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": message.sender_id,
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        },
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    values = {"stringValue": value.get("StringValue"), "binaryValue": value.get("BinaryValue")}
    return {
        "dataType": value["DataType"],
        "stringListValues": [],
        "binaryListValues": [],
        **{name: content for name, content in values.items() if content},
    }
