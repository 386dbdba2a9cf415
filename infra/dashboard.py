"""The dashboard of a stage in CloudWatch: its alarms on top, then functions, queues, loads and rows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from infra.names import Names

COLUMNS: Final = 24
"""The width of a dashboard."""

HEADING_HEIGHT: Final = 1
HEIGHT: Final = 6

FIVE_MINUTES: Final = 300
HOUR: Final = 3600

ALARM: Final = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"

Widget = dict[str, Any]
Metric = list[Any]
"""A line of a chart: namespace and name of a metric, its dimensions' names and values, and options."""


def resource(names: Names, functions: Sequence[str], alarms: Sequence[str]) -> dict[str, Any]:
    """Return the dashboard's resource; functions and alarms are given by their names."""
    rows = [
        [_widget("alarm", "Alarms", alarms=[ALARM + alarm for alarm in alarms])],
        [_heading("Functions")],
        _of_functions(names, functions),
        [_heading("Queues")],
        _of_queues(names),
        [_heading("Loads")],
        _of_loads(names.metrics_namespace),
        [_heading("Rows")],
        _of_rows(names.metrics_namespace),
    ]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": f"{names.prefix}operations"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": list(_placed(rows))})},
        },
    }


def _placed(rows: Iterable[Sequence[Widget]]) -> Iterator[Widget]:
    """Yield the widgets with their places: those of a row share the width, and each row is below the one before."""
    # Two widgets of height 6, then one -> (x, y) of (0, 0), (12, 0) and (0, 6)
    top = 0
    for row in rows:
        width = COLUMNS // len(row)
        for place, widget in enumerate(row):
            yield {"x": place * width, "y": top, "width": width, **widget}
        top += max(widget["height"] for widget in row)


def _of_functions(names: Names, functions: Sequence[str]) -> list[Widget]:
    def lines(metric: str) -> list[Metric]:
        return [
            ["AWS/Lambda", metric, "FunctionName", names.function(function), {"label": function}]
            for function in functions
        ]

    return [
        _chart("Invocations", lines("Invocations")),
        _chart("Errors", lines("Errors")),
        _chart("Throttles", lines("Throttles")),
        _chart("Longest run, in milliseconds", lines("Duration"), statistic="Maximum"),
    ]


def _of_queues(names: Names) -> list[Widget]:
    dead_letters = {"loads": names.load_dead_letters, "events of S3": names.function("ingest-dead")}
    waiting = _of_queue("ApproximateNumberOfMessagesVisible", names.load_queue, "waiting")
    running = _of_queue("ApproximateNumberOfMessagesNotVisible", names.load_queue, "being loaded")
    age = _of_queue("ApproximateAgeOfOldestMessage", names.load_queue, "oldest request")
    dead = [
        _of_queue("ApproximateNumberOfMessagesVisible", queue, label) for label, queue in dead_letters.items()
    ]
    return [
        _chart("Load requests", [waiting, running], statistic="Maximum"),
        _chart("Age of the oldest load request, in seconds", [age], statistic="Maximum"),
        _chart("Dead letters", dead, statistic="Maximum"),
    ]


def _of_queue(metric: str, queue: str, label: str) -> Metric:
    return ["AWS/SQS", metric, "QueueName", queue, {"label": label}]


def _of_loads(namespace: str) -> list[Widget]:
    files = _own(namespace, "FilesLoaded", "FilesRefused", "FilesDuplicate", "FilesSuperseded")
    failing = _own(namespace, "MinutesFailing")
    open_matters = _own(namespace, "FilesStuck", "StoresMissing", "ReportsFailed")
    return [
        _chart("Files by status", files, period=HOUR),
        _chart("Minutes for which a request has failed", failing, statistic="Maximum"),
        # Each sweep counts all files that are stuck then: a sum would count each of them several times.
        _chart("Stuck files, missing stores, failed reports", open_matters, statistic="Maximum", period=HOUR),
    ]


def _of_rows(namespace: str) -> list[Widget]:
    return [
        _chart("Sales loaded", _own(namespace, "SalesLoaded"), period=HOUR),
        _chart("Rows rejected", _own(namespace, "RowsRejected"), period=HOUR),
    ]


def _own(namespace: str, *names: str) -> list[Metric]:
    """Return metrics that the functions write; none of them has a dimension."""
    return [[namespace, name] for name in names]


def _chart(
    title: str, metrics: list[Metric], *, statistic: str = "Sum", period: int = FIVE_MINUTES
) -> Widget:
    return _widget(
        "metric",
        title,
        metrics=metrics,
        view="timeSeries",
        stat=statistic,
        period=period,
        region="${AWS::Region}",
        yAxis={"left": {"min": 0}},
    )


def _widget(kind: str, title: str, **properties: Any) -> Widget:
    return {"type": kind, "height": HEIGHT, "properties": {"title": title, **properties}}


def _heading(text: str) -> Widget:
    return {"type": "text", "height": HEADING_HEIGHT, "properties": {"markdown": f"## {text}"}}
