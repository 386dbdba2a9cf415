"""The messages of a batch come back when load says so, and not when the queue would let them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import aws
from chalicelib.load import handler as load_handler
from local.cloud import event_source, moto_backends
from tests.support.pipeline import QUEUE, Pipeline, csv_of, sale
from tests.support.queued import queued
from tests.support.sweeps import logged

SLACK = 60
"""Seconds that a slow machine may need for a batch."""


@pytest.fixture(autouse=True)
def no_leftovers(pipeline: Pipeline) -> Iterator[None]:
    """Delete messages that are hidden, which no other test could receive."""
    yield
    aws.queue_url.cache_clear()
    queued(QUEUE).clear()


def received(pipeline: Pipeline, receives: int = 1) -> dict[str, Any]:
    """Receive all messages of the load queue some times; return the last event, as Lambda makes it."""
    messages: list[Any] = []
    for _ in range(receives):
        messages = moto_backends.sqs().receive_message(QUEUE, 100, 0, 0, ["All"])
    assert messages
    # The last receive hides the messages, as the visibility timeout of a queue does.
    for message in queued(QUEUE):
        message.change_visibility(5400)
    return event_source.event(moto_backends.queues()[QUEUE], messages)


def hidden_for() -> list[float]:
    """Return the seconds for which the messages of the load queue are still hidden."""
    return sorted(message.visible_at / 1000 - time.time() for message in queued(QUEUE))


@pytest.mark.parametrize(("receives", "delay"), [(1, 60), (3, 180), (20, 900)])
def test_a_request_that_fails_comes_back_after_the_delay_of_its_receives(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, receives: int, delay: int
) -> None:
    """Two requests and a message that is none: all three failed."""
    pipeline.ingest(pipeline.put("a", csv_of(sale(1))), pipeline.put("b", csv_of(sale(2))))
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    pipeline.clients.sqs.send_message(QueueUrl=url, MessageBody="no request")
    monkeypatch.setenv("WAREHOUSE", "postgresql://nobody@127.0.0.1:1/none")
    event = received(pipeline, receives)

    failures = load_handler.handle(event)["batchItemFailures"]

    assert {failure["itemIdentifier"] for failure in failures} == {
        record["messageId"] for record in event["Records"]
    }
    assert len(failures) == 3
    assert all(delay - SLACK < seconds <= delay for seconds in hidden_for())


def test_the_messages_of_a_load_that_is_cut_off_come_back_a_minute_after_its_time(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue itself would hide them for an hour and a half."""
    for number in range(12):  # more than one call of SQS takes
        pipeline.ingest(pipeline.put(f"{number}.csv", csv_of(sale(number))))

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(load_handler, "_load", cut_off)
    with pytest.raises(KeyboardInterrupt):
        load_handler.handle(received(pipeline))

    assert len(hidden_for()) == 12
    assert all(960 - SLACK < seconds <= 960 for seconds in hidden_for())


def test_files_are_loaded_though_sqs_refuses_to_hide_their_messages(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A message may have come back meanwhile, the queue may be another's, and SQS may be out of reach."""
    pipeline.ingest(pipeline.put("a", csv_of(sale(1))))
    event = received(pipeline)
    event["Records"][0]["receiptHandle"] = "of another receive"
    assert load_handler.handle(event) == {"batchItemFailures": []}

    monkeypatch.setenv("LOAD_QUEUE", "no-queue")
    aws.queue_url.cache_clear()
    assert load_handler.handle(event) == {"batchItemFailures": []}

    assert pipeline.statuses() == {"a": "loaded"}
    assert len(logged(caplog, "visibility_unchanged")) == 2
