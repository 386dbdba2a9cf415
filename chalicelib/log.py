"""Structured log lines and metrics. No name, card number or other content of a row is in any of them.

Both are lines of JSON on standard output, which Lambda hands to CloudWatch. Logs Insights finds the fields of a log
line, and CloudWatch makes metrics of a line in its embedded metric format (EMF). So neither is a call that may fail.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, Final, TypeVar, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

SERVICE: Final = "cafe_etl"
"""The field `service` of each log line."""

NO_DIMENSION: Final = ""

Trigger = TypeVar("Trigger", bound=Callable[..., Any])

# Powertools would write letters of any script as they are; json escapes them, and with them whatever a terminal obeys.
log: Final = Logger(
    service=SERVICE,
    level=logging.INFO,
    utc=True,
    use_rfc3339=True,
    json_serializer=partial(json.dumps, default=str),
)


def log_event(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line of JSON with the event and its fields; a field whose value is None is left out."""
    # {"level": "INFO", "message": "swept", "service": "cafe_etl", "function_request_id": …, "event": "swept", …}
    logging.getLogger(SERVICE).log(level, event, extra={"event": event, **fields}, stacklevel=2)


def put_metrics(counts: Mapping[str, int], namespace: str) -> None:
    """Write one line from which CloudWatch adds counts to the metrics of these names, which have no dimension.

    Without counts there is no line.
    """
    if not counts:
        return
    # An empty service, unlike none, keeps the dimension away even if somebody sets POWERTOOLS_SERVICE_NAME.
    metrics = EphemeralMetrics(namespace=namespace, service=NO_DIMENSION)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    metrics.flush_metrics()


def logged(trigger: Trigger) -> Trigger:
    """Give the log lines of each invocation the id of its request, the function's name and whether it began cold.

    The trigger takes an event and Lambda's context.
    """
    # Never the event itself, whatever the environment says: the event of `remove` may have a customer's name.
    with_context = log.inject_lambda_context(trigger, log_event=False)

    @wraps(trigger)
    def invoke(event: Any, *contexts: Any) -> Any:
        # Somebody who calls a function without Lambda has no context, or only a part of one.
        is_lambda = any(hasattr(context, "aws_request_id") for context in contexts)
        return with_context(event, *contexts) if is_lambda else trigger(event, *contexts)

    return cast("Trigger", invoke)
