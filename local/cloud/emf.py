"""Metrics in log lines: CloudWatch's embedded metric format (EMF), which moto does not read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from numbers import Real
from typing import Any


@dataclass(frozen=True, slots=True)
class Metric:
    """Values of one metric, in one set of dimensions, at a time in UTC without a zone, as moto has it."""

    namespace: str
    name: str
    unit: str
    values: tuple[float, ...]
    dimensions: tuple[tuple[str, str], ...]
    at: datetime

    def datum(self) -> dict[str, Any]:
        """Return it as the parameter `MetricData` of CloudWatch has it."""
        return {
            "MetricName": self.name,
            "Unit": self.unit,
            "Values": list(self.values),
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
            "Timestamp": self.at,
        }


def metrics_of(line: str) -> list[Metric]:
    """Return the metrics of a log line; a line that is not in the format has none, as in CloudWatch."""
    # {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "CafeEtl", "Dimensions": [[]],
    #   "Metrics": [{"Name": "FilesLoaded", "Unit": "Count"}]}]}, "FilesLoaded": [2.0]} -> FilesLoaded of CafeEtl: 2
    if not line.startswith("{"):
        return []
    try:
        document = json.loads(line)
        return list(_metrics(document, document["_aws"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _metrics(document: dict[str, Any], metadata: dict[str, Any]) -> Iterator[Metric]:
    at = datetime.fromtimestamp(metadata["Timestamp"] / 1000, UTC).replace(tzinfo=None)
    for directive in metadata["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = tuple((name, str(document[name])) for name in names)
            for metric in directive["Metrics"]:
                values = _values(document[metric["Name"]])
                unit = metric.get("Unit", "None")
                yield Metric(directive["Namespace"], metric["Name"], unit, values, dimensions, at)


def _values(value: Any) -> tuple[float, ...]:
    """Return a metric's values: a document has one number or a list of them; raise `TypeError` for anything else."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(number, Real) and not isinstance(number, bool) for number in values):
        raise TypeError(value)
    return tuple(map(float, values))
