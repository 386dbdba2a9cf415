"""The alarms of a template, judged as CloudWatch judges them, by figures that a test gives."""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

Metric = tuple[str, str, str]
"""Namespace, name, and the value of the one dimension; an empty text for a metric without a dimension."""

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}

STATISTICS: Final[Mapping[str, Callable[[list[float]], float]]] = {"Maximum": max, "Minimum": min, "Sum": sum}


class Alarms:
    """Alarms by name, the figures of their metrics, and which alarm rang when."""

    def __init__(self, alarms: Iterable[Mapping[str, Any]]) -> None:
        self._alarms = {str(alarm["AlarmName"]): alarm for alarm in alarms}
        self._figures: dict[Metric, list[tuple[datetime, float]]] = defaultdict(list)
        self.ringing: set[str] = set()
        self.rung: list[str] = []
        """The names of alarms, once for each time that they began to ring."""

    def put(self, metric: Metric, at: datetime, value: float) -> None:
        """Add a figure. Figures of a metric come in the order of their times."""
        self._figures[metric].append((at, value))

    def judge(self, now: datetime) -> None:
        """Let the alarms ring, or end, by the figures up to a time."""
        ringing = {name for name, alarm in self._alarms.items() if self._is_breaching(alarm, now)}
        self.rung += sorted(ringing - self.ringing)
        self.ringing = ringing

    def _is_breaching(self, alarm: Mapping[str, Any], now: datetime) -> bool:
        """Tell whether as many of an alarm's periods breach its threshold as it takes to ring."""
        periods = int(alarm["EvaluationPeriods"])
        breaching = sum(self._breaches(alarm, now, number) for number in range(periods))
        return breaching >= int(alarm.get("DatapointsToAlarm", periods))

    def _breaches(self, alarm: Mapping[str, Any], now: datetime, number: int) -> bool:
        """Tell whether a period breaches the threshold: number 0 is the newest, which ends now."""
        end = now - timedelta(seconds=int(alarm["Period"]) * number)
        start = end - timedelta(seconds=int(alarm["Period"]))
        values = self._between(_metric(alarm), start, end)
        if not values:
            return {"breaching": True, "notBreaching": False}[alarm["TreatMissingData"]]
        compare = COMPARISONS[alarm["ComparisonOperator"]]
        return compare(STATISTICS[alarm["Statistic"]](values), float(alarm["Threshold"]))

    def _between(self, metric: Metric, start: datetime, end: datetime) -> list[float]:
        values = []
        for at, value in reversed(self._figures[metric]):
            if at <= start:
                break
            if at <= end:
                values.append(value)
        return values


def _metric(alarm: Mapping[str, Any]) -> Metric:
    [dimension] = alarm.get("Dimensions", [{"Value": ""}])
    return alarm["Namespace"], alarm["MetricName"], dimension["Value"]
