"""The alarms of the simulated night ring and end as CloudWatch's do."""

from datetime import datetime, timedelta

import pytest

from tests.support.alarms import Alarms

NOON = datetime(2024, 5, 1, 12)  # noqa: DTZ001 - any time
MINUTE = timedelta(minutes=1)
METRIC = ("CafeEtl", "MinutesFailing", "")
ALARM = {
    "AlarmName": "failing",
    "Namespace": "CafeEtl",
    "MetricName": "MinutesFailing",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 30,
    "TreatMissingData": "notBreaching",
}


def rings(figures: dict[int, float], **changes: object) -> list[bool]:
    """Return for each of ten minutes whether the alarm rings, by figures of some of these minutes."""
    alarms = Alarms([ALARM | changes])
    ringing = []
    for minute in range(10):
        if minute in figures:
            alarms.put(METRIC, NOON + minute * MINUTE, figures[minute])
        alarms.judge(NOON + minute * MINUTE)
        ringing.append(bool(alarms.ringing))
    assert len(alarms.rung) == sum(
        now and not before for before, now in zip([False, *ringing], ringing, strict=False)
    )
    return ringing


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, {5, 6}),
        ({"DatapointsToAlarm": 1}, {1, 2, 3, 4, 5, 6, 7, 8}),
        ({"DatapointsToAlarm": 2}, {3, 4, 5, 6, 7}),
        ({"TreatMissingData": "breaching", "DatapointsToAlarm": 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}),
        ({"ComparisonOperator": "LessThanThreshold", "Statistic": "Sum"}, set[int]()),
    ],
)
def test_as_many_of_the_last_periods_breach_as_an_alarm_needs(
    changes: dict[str, object], minutes: set[int]
) -> None:
    """Minutes 1 and 3 to 6 have figures above the threshold, the others none."""
    figures = {1: 31.0, 3: 31.0, 4: 31.0, 5: 31.0, 6: 31.0}

    assert {minute for minute, is_on in enumerate(rings(figures, **changes)) if is_on} == minutes


def test_a_figure_at_the_threshold_does_not_breach_it() -> None:
    assert not any(rings(dict.fromkeys(range(10), 30.0)))
    assert any(rings(dict.fromkeys(range(10), 30.0), ComparisonOperator="GreaterThanOrEqualToThreshold"))
