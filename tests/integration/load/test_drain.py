"""A load at its times of day takes the requests off the queue itself."""

import time
from typing import Any

import pytest

from chalicelib.load import drain as drain_module
from chalicelib.load import handler
from chalicelib.load.drain import drain
from chalicelib.load.queue import LoadQueue, Record
from chalicelib.settings import Settings
from tests.support.pipeline import PROCESSED, QUEUE, Pipeline, csv_of, part_of, sale

SCHEDULED = {"detail-type": "Scheduled Event", "source": "aws.events"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for messages: what the queue has is there at once."""
    monkeypatch.setattr(drain_module, "WAIT_SECONDS", 0)
    monkeypatch.setattr(drain_module, "PATIENCE_SECONDS", 0)


def waiting(pipeline: Pipeline) -> tuple[int, int]:
    """Return how many messages the queue has for everybody, and how many are hidden."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    counts = pipeline.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    visible, hidden = (int(counts[name]) for name in names)
    return visible, hidden


@pytest.mark.engines("postgres", "redshift")
def test_all_that_waits_is_loaded_in_few_batches(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQS gives ten messages at a time; a hundred are loaded together."""
    batches: list[int] = []
    load_records = handler._load_records  # noqa: SLF001

    def counted(records: list[Record], *arguments: Any) -> Any:
        batches.append(len(records))
        return load_records(records, *arguments)

    monkeypatch.setattr(handler, "_load_records", counted)
    pipeline.ingest(*(pipeline.put(f"{number}", csv_of(sale(number))) for number in range(23)))

    assert handler.handle(SCHEDULED) == {"loaded": 23, "failed": 0}

    assert batches == [23]
    assert pipeline.count_sales() == 23
    assert waiting(pipeline) == (0, 0)


def test_a_person_who_calls_load_without_an_event_has_the_queue_loaded(pipeline: Pipeline) -> None:
    pipeline.ingest(pipeline.put("a", csv_of(sale())))

    assert handler.handle({}) == {"loaded": 1, "failed": 0}
    assert handler.handle({}) == {"loaded": 0, "failed": 0}


def test_an_empty_queue_does_not_wake_the_warehouse(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    del pipeline
    monkeypatch.setenv("WAREHOUSE", "postgresql://nobody@127.0.0.1:1/none")

    assert handler.handle(SCHEDULED) == {"loaded": 0, "failed": 0}


def test_a_request_that_fails_stays_on_the_queue_and_the_others_leave_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Lambda's own polling."""
    monkeypatch.setenv("LOAD_TIMEOUT", "2")
    pipeline.ingest(pipeline.put("a", csv_of(sale(1))))
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    pipeline.clients.sqs.send_message(QueueUrl=url, MessageBody="no request")

    assert handler.handle(SCHEDULED) == {"loaded": 1, "failed": 1}

    assert pipeline.statuses() == {"a": "loaded"}
    assert waiting(pipeline) == (0, 1)
    pipeline.clients.sqs.purge_queue(QueueUrl=url)


def test_a_request_that_failed_is_loaded_when_it_comes_back(pipeline: Pipeline) -> None:
    """A short failure does not hold a file up until the next time of day."""
    pipeline.ingest(pipeline.put("a", csv_of(sale(1))), pipeline.put("b", csv_of(sale(2))))
    queue = LoadQueue(Settings.from_environment())
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    attempts: list[list[int]] = []

    def load(records: Any) -> list[str]:
        attempts.append([int(record["attributes"]["ApproximateReceiveCount"]) for record in records])
        if len(attempts) > 1:
            return []
        for record in records[1:]:
            pipeline.clients.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=1
            )
        return [record["messageId"] for record in records[1:]]

    assert drain(queue, load, until=time.monotonic() + 20) == {"loaded": 2, "failed": 0}

    assert attempts == [[1, 1], [2]]
    assert waiting(pipeline) == (0, 0)


def test_after_its_time_a_drain_takes_nothing_more(pipeline: Pipeline) -> None:
    """A request that is received and not loaded would count as failed."""
    pipeline.ingest(pipeline.put("a", csv_of(sale())))
    queue = LoadQueue(Settings.from_environment())

    assert drain(queue, lambda _records: [], until=time.monotonic()) == {"loaded": 0, "failed": 0}

    assert waiting(pipeline) == (1, 0)


def test_a_file_whose_parts_are_gone_goes_to_ingest_again(pipeline: Pipeline) -> None:
    """Its request is done."""
    pipeline.ingest(pipeline.put("a", csv_of(sale())))
    [body] = pipeline.take()
    pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=part_of(body, "sales"))
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    pipeline.clients.sqs.send_message(QueueUrl=url, MessageBody=body)

    assert handler.handle(SCHEDULED) == {"loaded": 1, "failed": 0}

    assert len(pipeline.reingests) == 1
