"""Dashboard, alarms and saved queries: each names metrics, events and fields that a run of everything has written."""

import re
from itertools import combinations
from typing import Any

import pytest

from infra.saved_queries import QUERIES
from tests.support.full_run import NAMES
from tests.support.recorded_run import FUNCTIONS, Metric, RecordedRun, metric

WORDS = re.compile(r"@?[a-z_]\w*")
FUNCTION = re.compile(r"\w+\(")
KEYWORDS = {"and", "as", "asc", "by", "desc", "fields", "filter", "like", "limit", "or", "sort", "stats"}
OF_LOGS_INSIGHTS = {"@timestamp", "@message"}
"""The fields that every line has."""


def charted(run: RecordedRun) -> list[Metric]:
    """Return the metrics of the dashboard's charts."""
    lines = [
        [part for part in line if isinstance(part, str)]
        for widget in run.dashboard["widgets"]
        for line in widget["properties"].get("metrics", [])
    ]
    return [
        (namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)))
        for namespace, name, *dimensions in lines
    ]


def test_every_own_metric_of_the_dashboard_and_the_alarms_exists_with_its_dimensions(
    run: RecordedRun,
) -> None:
    """A chart of a metric with other dimensions would be empty, and an alarm on it would ring for ever."""
    own = {each for each in [*charted(run), *map(metric, run.alarms)] if each[0] == NAMES.metrics_namespace}

    assert own == set(run.metrics)
    assert all(dimensions == frozenset() for _, _, dimensions in own), "a store is no dimension"
    assert {"FilesLoaded", "ReportsFailed"} <= {name for _, name, _ in own}


def test_a_metric_is_listed_once(run: RecordedRun) -> None:
    assert len(run.metrics) == len(set(run.metrics))


def test_other_metrics_are_of_lambdas_functions_and_of_queues(run: RecordedRun) -> None:
    """Their names are those of the stage; AWS writes these metrics, so that no run here has them."""
    functions = {NAMES.function(function) for function in FUNCTIONS}
    queues = {NAMES.load_queue, NAMES.load_dead_letters, NAMES.function("ingest-dead")}
    for namespace, name, dimensions in [*charted(run), *map(metric, run.alarms)]:
        if namespace != NAMES.metrics_namespace:
            [(dimension, value)] = dimensions
            expected = {("AWS/Lambda", "FunctionName"): functions, ("AWS/SQS", "QueueName"): queues}
            assert value in expected[namespace, dimension], name


def test_the_alarms_are_on_top_and_all_of_them(run: RecordedRun) -> None:
    [top] = [widget for widget in run.dashboard["widgets"] if widget["y"] == 0]

    assert top["type"] == "alarm"
    assert sorted(top["properties"]["alarms"]) == sorted(alarm["AlarmArn"] for alarm in run.alarms)


def test_widgets_neither_overlap_nor_leave_the_columns(run: RecordedRun) -> None:
    def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        return {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}

    widgets = run.dashboard["widgets"]
    assert not [pair for pair in combinations(map(cells, widgets), 2) if pair[0] & pair[1]]
    for widget in widgets:
        assert widget["x"] >= 0
        assert widget["x"] + widget["width"] <= 24


def test_headings_stand_in_the_order_of_the_way_of_a_file(run: RecordedRun) -> None:
    texts = [widget for widget in run.dashboard["widgets"] if widget["type"] == "text"]

    assert [widget["properties"]["markdown"] for widget in sorted(texts, key=lambda text: text["y"])] == [
        "## Functions",
        "## Queues",
        "## Loads",
        "## Rows",
    ]


def test_queries_are_saved_in_the_stages_folder_over_all_logs(run: RecordedRun) -> None:
    assert sorted(query["name"] for query in run.queries) == sorted(
        f"cafe-etl-local/{name}" for name in QUERIES
    )
    groups = sorted(f"/aws/lambda/{NAMES.function(function)}" for function in FUNCTIONS)
    assert all(sorted(query["logGroupNames"]) == groups for query in run.queries)


@pytest.mark.parametrize("name", QUERIES)
def test_every_event_and_field_of_a_query_is_on_a_line_of_the_run(run: RecordedRun, name: str) -> None:
    """A field that is spelled otherwise would be an empty column, and an event no row."""
    [text] = [query["queryString"] for query in run.queries if query["name"].endswith(f"/{name}")]
    events = re.findall(r'event = "(\w+)"', text)
    lines = [line for line in run.lines if not events or line["event"] in events]

    assert fields_of(text) - OF_LOGS_INSIGHTS <= {field for line in lines for field in line}
    assert set(events) <= {line["event"] for line in run.lines}
    for field, value in re.findall(r'(\w+) = "(\w+)"', text):
        assert value in {line.get(field) for line in lines}, field


def fields_of(query: str) -> set[str]:
    """Return the fields in a query: its words except comments, texts, patterns, functions, keywords and own names."""
    plain = re.sub(r'^#.*$|"[^"]*"|/[^/]*/', "", query, flags=re.MULTILINE)
    own = set(re.findall(r"\bas (\w+)", plain))
    return set(WORDS.findall(FUNCTION.sub("(", plain))) - KEYWORDS - own - {"h"}


def test_the_fields_of_a_query_are_read_from_its_text() -> None:
    """So the test above can fail."""
    query = '# one\nfields @timestamp, a_b | filter c = "x" and d like /e/ | stats max(f) as g by bin(1h)'

    assert fields_of(query) == {"@timestamp", "a_b", "c", "d", "f"}


def test_every_line_has_the_service_the_request_and_whether_it_began_cold(run: RecordedRun) -> None:
    everywhere = {
        "event",
        "level",
        "service",
        "function_name",
        "function_request_id",
        "cold_start",
        "timestamp",
    }

    assert [line for line in run.lines if not everywhere <= line.keys()] == []
    assert {line["cold_start"] for line in run.lines} == {True, False}


def test_every_line_of_an_error_says_which_error(run: RecordedRun) -> None:
    errors = [line for line in run.lines if line["level"] == "ERROR"]

    assert errors
    assert [line for line in errors if not line.get("error")] == []
