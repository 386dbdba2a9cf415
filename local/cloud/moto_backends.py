"""Access to moto's own objects, where its HTTP interface does not offer what the local cloud needs."""

import base64
import time
from contextlib import suppress
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError
from moto.logs.models import logs_backends
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.account import ACCOUNT, REGION
from local.cloud import emf
from local.cloud.warm_worker import Function


def lambdas() -> Any:
    """Return the Lambda backend."""
    return lambda_backends[ACCOUNT][REGION]


def queues() -> dict[str, Any]:
    """Return the SQS queues by name."""
    queues: dict[str, Any] = sqs_backends[ACCOUNT][REGION].queues
    return queues


def sqs() -> Any:
    """Return the SQS backend."""
    return sqs_backends[ACCOUNT][REGION]


def buckets() -> dict[str, Any]:
    """Return the S3 buckets by name."""
    buckets: dict[str, Any] = s3_backends[ACCOUNT]["aws"].buckets
    return buckets


def object_tags() -> Any:
    """Return the tags of all objects' versions, by their ARNs; they outlive their objects."""
    return s3_backends[ACCOUNT]["aws"].tagger.tags


def objects(bucket: Any) -> int:
    """Return the number of a bucket's objects; a deleted one does not count, though its versions are still there."""
    return sum(not isinstance(newest, FakeDeleteMarker) for newest in bucket.keys.values())


def function(name_or_arn: str) -> Function:
    """Return a function's current settings."""
    return describe(lambdas().get_function(name_or_arn))


def zip_of(name: str) -> bytes:
    """Return the zip that a function runs."""
    package: bytes = lambdas().get_function(name).code_bytes
    return package


def describe(function: Any) -> Function:
    """Return the settings of one of moto's functions."""
    return Function(
        name=function.function_name,
        arn=function.function_arn,
        handler=function.handler,
        timeout=int(function.timeout),
        memory=int(function.memory_size),
        code=function.code_sha_256,
        environment=tuple(
            sorted((name, str(value)) for name, value in (function.environment_vars or {}).items())
        ),
        # "arn:aws:iam::123456789012:role/cafe-etl-local-load" -> "cafe-etl-local-load"
        role=str(function.role).rsplit("/", 1)[-1],
    )


def failure_queue(function_name: str) -> Any | None:
    """Return the queue for events on which a function failed for the last time, if it has one."""
    # The newest configuration counts: moto appends where Lambda replaces.
    for config in reversed(lambdas().get_function(function_name).event_invoke_config):
        destination = config.response()["DestinationConfig"].get("OnFailure", {}).get("Destination", "")
        return queues().get(destination.split(":")[-1])
    return None


def event_source_mappings() -> list[Any]:
    """Return the enabled mappings of SQS queues to functions."""
    mappings = lambdas().list_event_source_mappings("", "")
    return [mapping for mapping in mappings if mapping.enabled and ":sqs:" in mapping.event_source_arn]


def topics() -> dict[str, Any]:
    """Return the SNS topics by ARN."""
    topics: dict[str, Any] = sns_backends[ACCOUNT][REGION].topics
    return topics


def write_log(function_name: str, stream: str, line: str) -> None:
    """Append a line to a function's CloudWatch log group, and its metrics to CloudWatch's."""
    group = f"/aws/lambda/{function_name}"
    logs = logs_backends[ACCOUNT][REGION]
    logs.ensure_log_group(group)
    with suppress(JsonRESTError):  # the stream already exists
        logs.create_log_stream(group, stream)
    logs.put_log_events(group, stream, [{"timestamp": int(time.time() * 1000), "message": line}])
    for metric in emf.metrics_of(line):
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data(metric.namespace, [metric.datum()])


def log_tail(log: str) -> str:
    """Return the last 4 KB of a log, as the header X-Amz-Log-Result carries them."""
    return base64.b64encode(log.encode()[-4096:]).decode()


def empty() -> None:
    """Remove every message, every version of every object and every log line; what they were in stays."""
    for topic in topics().values():
        topic.sent_notifications.clear()
    for queue in queues().values():
        with queue._messages_lock:  # noqa: SLF001
            queue._messages, queue._pending_messages = [], set()  # noqa: SLF001
    for bucket in buckets().values():
        for key in bucket.keys:
            bucket.keys.setlist(key, [])  # frees their files; moto's own `pop` fails on delete markers
        bucket.keys.clear()
    for group in logs_backends[ACCOUNT][REGION].groups.values():
        group.streams.clear()


def forget_everything() -> None:
    """Empty CloudWatch, Lambda, Logs, S3, SNS and SQS: a process may run one cloud after another."""
    for backends in (
        cloudwatch_backends,
        lambda_backends,
        logs_backends,
        s3_backends,
        sns_backends,
        sqs_backends,
    ):
        backends.reset()
