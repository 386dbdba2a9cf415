"""The triggers take events as AWS sends them and hand them on whole."""

import ast
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from local.state import PROJECT

BINDINGS = {"chalice": "S3EventConfig", "": "LambdaFunction"}
"""What `ingest` is registered as, by RAW_NOTIFICATION."""

S3_EVENTS = sorted(path.name for path in (PROJECT / "events").glob("s3-*.json"))
RECORDER = """
import json, sys, types
taken = []
for name in ("ingest.handler", "load.handler", "warehouse.schema", "operations.sweep"):
    module = types.ModuleType(f"chalicelib.{name}")
    module.handle = lambda event: taken.append(event) or {"taken": len(taken)}
    sys.modules[module.__name__] = module
import app
"""
"""Replaces what the triggers call; run in a process of its own, since the binding is decided at import."""


def run(script: str, binding: str = "") -> Any:
    """Run a script with a binding of `ingest` chosen; return what it printed as JSON."""
    environment = {**os.environ, "RAW_NOTIFICATION": binding, "RAW_BUCKET": "raw", "LOAD_QUEUE": "queue"}
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def taken(function: str, event: Any, binding: str = "") -> Any:
    """Call a trigger as Lambda does; return what it handed on and what it returned."""
    call = f"print(json.dumps([app.{function}(json.loads({json.dumps(event)!r}), None), taken]))"
    return run(RECORDER + call, binding)


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("name", S3_EVENTS)
def test_ingest_takes_every_sample_event_whole(name: str, binding: str) -> None:
    """All its records, however `ingest` is bound; and S3's test event, which has none, is no error."""
    event = json.loads((PROJECT / "events" / name).read_text(encoding="utf-8"))

    assert taken("ingest", event, binding) == [{"taken": 1}, [event]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_ingest_takes_an_event_of_no_records(binding: str) -> None:
    """An error would be two retries of nothing."""
    assert taken("ingest", {"Records": []}, binding) == [{"taken": 1}, [{"Records": []}]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_chalice_knows_every_function(binding: str) -> None:
    """The stage decides whether Chalice or the template sets the bucket's notification."""
    script = """
found = [*app.app.event_sources, *app.app.pure_lambda_functions]
print(json.dumps({each.name: [type(each).__name__, each.handler_string] for each in found}))
"""

    assert run(RECORDER + script, binding) == {
        "ingest": [BINDINGS[binding], "app.ingest"],
        "load": ["SQSEventConfig", "app.load"],
        "create_database": ["LambdaFunction", "app.create_database"],
        "replay": ["LambdaFunction", "app.replay"],
        "sweep": ["ScheduledEventConfig", "app.sweep"],
    }


def test_chalice_knows_bucket_queue_and_schedule() -> None:
    """Chalice notifies of every way to create an object, and of nothing else."""
    script = """
ingest, load, sweep = sorted(app.app.event_sources, key=lambda each: each.name)
print(json.dumps([ingest.bucket, ingest.events, load.queue, sweep.schedule_expression]))
"""

    assert run(RECORDER + script, "chalice") == ["raw", ["s3:ObjectCreated:*"], "queue", "rate(15 minutes)"]


def test_the_schedule_is_a_setting() -> None:
    """Each sweep asks the warehouse, which some pay for by the minute."""
    script = (
        "os.environ['SWEEP_MINUTES'] = '60'"
        + RECORDER
        + "print(json.dumps([*app.app.event_sources][-1].schedule_expression))"
    )

    assert run("import os; " + script, "chalice") == "rate(60 minutes)"


def test_load_takes_a_batch_whole_and_answers_for_it() -> None:
    """What it returns tells SQS which messages to send again."""
    event = json.loads((PROJECT / "events" / "sqs-load.json").read_text(encoding="utf-8"))

    assert taken("load", event) == [{"taken": 1}, [event]]


def test_create_database_takes_an_empty_event() -> None:
    """As `chalice invoke` sends it."""
    assert taken("create_database", {}) == [{"taken": 1}, [{}]]


@pytest.mark.parametrize(
    "event", [{}, {"minutes": 0}, {"detail-type": "Scheduled Event", "detail": {}}], ids=str
)
def test_sweep_takes_what_a_schedule_sends_and_what_a_person_does(event: dict[str, Any]) -> None:
    """Chalice's own wrapper wants every field of a schedule's event."""
    assert taken("sweep", event) == [{"taken": 1}, [event]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_triggers_import_neither_pandas_nor_the_driver(binding: str) -> None:
    """All functions share this module, and each would pay for them at its cold start."""
    script = """
import app, json, sys
print(json.dumps(sorted({"pandas", "numpy", "psycopg2", "boto3"} & sys.modules.keys())))
"""

    assert run(script, binding) == []


def test_there_are_triggers_only() -> None:
    """A page of them: each function is an import and one call."""
    text = (PROJECT / "app.py").read_text(encoding="utf-8")
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert len(text.splitlines()) <= 66
    assert [function.name for function in functions] == [
        "ingest",
        "load",
        "create_database",
        "replay",
        "sweep",
    ]
    for function in functions:
        docstring, imported, call = function.body
        assert isinstance(docstring, ast.Expr)
        assert isinstance(imported, ast.ImportFrom)
        assert isinstance(call, ast.Return)
