"""Calls of the function `remove`, and what is left of a file after them."""

from typing import Any

from chalicelib.operations import queues, removal
from tests.support.pipeline import PROCESSED, QUEUE, RAW, Pipeline


def remove(action: str, **fields: Any) -> dict[str, Any]:
    """Call the function `remove`; return its answer."""
    return removal.handle({"action": action, **fields}, seconds=60)


def copy_statuses(pipeline: Pipeline) -> dict[str, str]:
    """Return the status in the metadata of each archive copy, by the key of its file."""
    s3 = pipeline.clients.s3
    copies = [key for key in pipeline.keys(PROCESSED) if key.startswith("archive/")]
    return {
        key.removeprefix("archive/").rpartition("/")[0]: s3.head_object(Bucket=PROCESSED, Key=key)[
            "Metadata"
        ]["status"]
        for key in copies
    }


def send(pipeline: Pipeline, body: str, queue: str = QUEUE) -> None:
    """Put a message on a queue."""
    url = pipeline.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    pipeline.clients.sqs.send_message(QueueUrl=url, MessageBody=body)


def keep_versions(pipeline: Pipeline, status: Any = "Enabled") -> None:
    """Let the processed bucket keep versions, as it does on AWS."""
    pipeline.clients.s3.put_bucket_versioning(Bucket=PROCESSED, VersioningConfiguration={"Status": status})


def everywhere(pipeline: Pipeline) -> str:
    """Return all texts of both buckets, of all tables, and of the load queue, which is emptied."""
    texts = [f"{place} {text}" for place, text in pipeline.texts()]
    return "\n".join([*texts, *pipeline.keys(RAW), *pipeline.take()])


def killable(event: dict[str, Any]) -> dict[str, Any]:
    """Handle an event in a process that may be killed: messages that it does not give back return after a second."""
    queues.INVISIBLE_SECONDS = 1  # type: ignore[misc]
    queues.WAIT_SECONDS = 0  # type: ignore[misc]
    return removal.handle(event, seconds=60)
