"""Structured log lines and metrics. No name, card number or other content of a row is in any of them."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import client

log = logging.getLogger("cafe_etl")
log.setLevel(logging.INFO)


def log_event(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line of JSON."""
    log.log(level, json.dumps({"event": event, **fields}, default=str))


def put_metrics(counts: Mapping[str, int], namespace: str) -> None:
    """Add counts to CloudWatch's metrics of these names. A failure is only logged: it stops nothing else."""
    data = [{"MetricName": name, "Value": value, "Unit": "Count"} for name, value in counts.items()]
    try:
        client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)
    except (ClientError, BotoCoreError) as exc:
        log_event("report_failed", level=logging.ERROR, call="put_metric_data", error=type(exc).__name__)
