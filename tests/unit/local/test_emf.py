"""Metrics in log lines: the local cloud reads what CloudWatch reads."""

import json
from datetime import datetime
from typing import Any

import pytest

from local.cloud import emf

DIRECTIVE = {
    "Namespace": "Shop",
    "Dimensions": [[], ["stage", "zone"]],
    "Metrics": [{"Name": "Sold", "Unit": "Count"}, {"Name": "Took"}],
}
DOCUMENT = {"stage": "prod", "zone": 1, "Sold": 3, "Took": [0.5, 1]}


def line(directive: Any = DIRECTIVE, **changes: Any) -> str:
    """Return a line in the format."""
    metadata = {"Timestamp": 1_630_000_000_000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, **DOCUMENT, **changes})


def test_each_set_of_dimensions_makes_a_metric() -> None:
    """A value is a number or a list of numbers."""
    metrics = emf.metrics_of(line())

    both = (("stage", "prod"), ("zone", "1"))
    assert [(metric.name, metric.unit, metric.values, metric.dimensions) for metric in metrics] == [
        ("Sold", "Count", (3.0,), ()),
        ("Took", "None", (0.5, 1.0), ()),
        ("Sold", "Count", (3.0,), both),
        ("Took", "None", (0.5, 1.0), both),
    ]
    assert {metric.at for metric in metrics} == {datetime(2021, 8, 26, 17, 46, 40)}  # noqa: DTZ001 - as moto has it


@pytest.mark.parametrize(
    "text",
    [
        "",
        "START RequestId: 1",
        '{"event": "swept"}',
        '{"_aws": 1}',
        "{",
        "[]",
        f"[INFO] {line()}",
        line(Sold="three"),
        line(Sold=True),
        line({**DIRECTIVE, "Metrics": [{"Name": "Absent"}]}),
        line({**DIRECTIVE, "Dimensions": [["absent"]]}),
        line({}),
        line(7),
    ],
)
def test_a_line_that_is_not_in_the_format_has_no_metric(text: str) -> None:
    """CloudWatch takes no metric from it either."""
    assert emf.metrics_of(text) == []
