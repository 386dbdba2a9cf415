"""Log lines and metrics, as CloudWatch reads them."""

import json
from typing import Any

import pytest

from chalicelib.log import SERVICE
from local.cloud import emf


def log_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the application's log lines, by the formatter that the fixture `caplog` of this project has."""
    lines = (caplog.handler.format(record) for record in caplog.records if record.name == SERVICE)
    return [json.loads(line) for line in lines]


def metrics_in(output: str) -> dict[str, float]:
    """Return the sums of the metrics in an output by name; fail if one has a dimension."""
    sums: dict[str, float] = {}
    for metric in (metric for line in output.splitlines() for metric in emf.metrics_of(line)):
        assert metric.dimensions == (), metric
        sums[metric.name] = sums.get(metric.name, 0) + sum(metric.values)
    return sums
