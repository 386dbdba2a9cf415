"""The sweep removes staged parts that no request can need any more."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.operations.retention import longest_wait
from tests.support.pipeline import PROCESSED, QUEUE, RAW, Pipeline, csv_of, sale
from tests.support.sweeps import FOUR_DAYS, LATER, NOTHING, now, parts, sweep

pytestmark = pytest.mark.engines("postgres", "redshift")

DEAD = f"{QUEUE}-dead"


def test_parts_are_kept_for_as_long_as_a_request_may_wait_on_the_queue(pipeline: Pipeline) -> None:
    """The queue of this test has no dead-letter queue, so its own retention counts alone."""
    pipeline.request(a=csv_of(sale()))
    archived = "archive/a/0.csv.gz"
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=archived, Body=b"")
    pipeline.clients.s3.delete_object(Bucket=RAW, Key="a", VersionId=pipeline.versions(RAW)[0][1])
    assert len(parts(pipeline)) == 3

    assert sweep(now() + FOUR_DAYS - LATER) == NOTHING
    assert sweep(now() + FOUR_DAYS + LATER) == NOTHING | {"parts_removed": 3}
    assert pipeline.keys(PROCESSED) == [archived]


@pytest.fixture
def dead_letters(pipeline: Pipeline) -> Iterator[str]:
    """Return the URL of a dead-letter queue of the load queue."""
    sqs = pipeline.clients.sqs
    url = sqs.create_queue(QueueName=DEAD, Attributes={"MessageRetentionPeriod": "86400"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    load = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=load, Attributes={"RedrivePolicy": policy})
    yield url
    sqs.delete_queue(QueueUrl=load)
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName=QUEUE)


def test_a_request_may_wait_among_the_dead_letters_after_it_waited_on_the_queue(
    pipeline: Pipeline, dead_letters: str
) -> None:
    """The queue keeps a message for four days, and the dead-letter queue for one."""
    assert longest_wait(QUEUE) == FOUR_DAYS + timedelta(days=1)
