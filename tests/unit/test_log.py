"""Log lines and metrics, as CloudWatch reads them from standard output."""

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.log import log_event, logged, put_metrics
from local.cloud import emf
from local.state import PROJECT
from tests.support.log_lines import log_lines

WRITES = """
from types import SimpleNamespace
from chalicelib import log

@log.logged
def trigger(event, context):
    log.log_event("swept", files=event["files"], reason=None)

for number in (1, 2):
    context = SimpleNamespace(
        aws_request_id=f"request {number}",
        function_name="cafe-etl-prod-sweep",
        memory_limit_in_mb="512",
        invoked_function_arn="arn",
    )
    trigger({"files": number, "customer": "Jo Bloggs"}, context)
log.put_metrics({"FilesLoaded": 2, "RowsRejected": 0}, "CafeEtl/prod")
"""


def written(script: str, **environment: str) -> list[dict[str, Any]]:
    """Return the lines that a script writes to standard output in a process of its own, each of them JSON."""
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_has_service_request_function_and_whether_it_began_cold() -> None:
    """A field that is None is left out: Logs Insights finds no value there either."""
    first, second, _ = written(WRITES)

    assert {
        "level": "INFO",
        "event": "swept",
        "message": "swept",
        "service": "cafe_etl",
        "function_name": "cafe-etl-prod-sweep",
        "function_request_id": "request 1",
        "cold_start": True,
        "files": 1,
    }.items() <= first.items()
    assert (second["function_request_id"], second["cold_start"]) == ("request 2", False)
    assert "reason" not in first
    assert first["timestamp"].endswith("+00:00")


@pytest.mark.parametrize("name", ["POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOGGER_LOG_EVENT"])
def test_variables_of_powertools_add_no_dimension_and_no_event(name: str) -> None:
    """An alarm on a metric without a dimension would ring for ever, and an event may have a customer's name."""
    lines = written(WRITES, **{name: "true"})

    assert len(lines) == 3
    assert "Bloggs" not in json.dumps(lines)
    [metrics] = [line for line in lines if "_aws" in line]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_metrics_are_one_line_without_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    """A count of zero is a value, too."""
    put_metrics({"FilesLoaded": 2, "RowsRejected": 0}, "CafeEtl/prod")

    [line] = capsys.readouterr().out.splitlines()
    metrics = emf.metrics_of(line)
    assert [(each.namespace, each.name, each.unit, each.values, each.dimensions) for each in metrics] == [
        ("CafeEtl/prod", "FilesLoaded", "Count", (2.0,), ()),
        ("CafeEtl/prod", "RowsRejected", "Count", (0.0,), ()),
    ]


def test_a_line_is_ascii_whatever_a_key_contains(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing in it moves a cursor, turns the direction of a text, ends a line or fails to be encoded."""
    key = "a\x1b[2J\u202e\n\u2028é\ud800.csv"

    log_event("file_stuck", level=40, object_key=key, error=ValueError("no"))

    [line] = caplog.text.splitlines()
    assert line.isascii()
    assert line.isprintable()
    [fields] = log_lines(caplog)
    assert (fields["object_key"], fields["error"], fields["level"]) == (key, "no", "ERROR")


def test_a_trigger_that_is_called_without_lambda_is_called_as_it_is() -> None:
    """Tests and people have no context, or only a part of one."""
    given: list[Any] = []

    @logged
    def trigger(*arguments: Any) -> str:
        given.append(arguments)
        return "answer"

    event, context = SimpleNamespace(), SimpleNamespace(get_remaining_time_in_millis=lambda: 1)
    assert [trigger(event), trigger(event, context)] == ["answer", "answer"]
    assert given == [(event,), (event, context)]
