"""The triggers take events as AWS sends them, and hand them on whole."""

import ast
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from infra.names import config
from local.state import PROJECT

BINDINGS = {"chalice": "S3EventConfig", "": "LambdaFunction"}
"""The event source that Chalice registers `ingest` with, for each value of RAW_NOTIFICATION."""

S3_EVENTS = sorted(path.name for path in (PROJECT / "events").glob("s3-*.json"))
RECORDER = """
import json, sys, types
events = []
for name in ("ingest.handler", "load.handler", "warehouse.schema", "operations.sweep", "operations.summary"):
    module = types.ModuleType(f"chalicelib.{name}")
    module.handle = lambda event, **seconds: events.append(event) or {"taken": len(events)} | seconds
    sys.modules[module.__name__] = module
context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 119_500)
import app
"""
"""Replaces the modules that the triggers call. Each script runs in a new process: the binding is decided at import."""


def run(script: str, binding: str = "") -> Any:
    """Run a script with a binding of `ingest` chosen; return the JSON that it printed."""
    return json.loads(printed(script, binding))


def printed(script: str, binding: str = "") -> str:
    """Run a script with a binding of `ingest` chosen; return its output."""
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
    return result.stdout


def handed_on(function: str, event: Any, binding: str = "") -> Any:
    """Call a trigger as Lambda does; return its result, and the events that it handed on."""
    call = f"print(json.dumps([app.{function}(json.loads({json.dumps(event)!r}), context), events]))"
    return run(RECORDER + call, binding)


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("name", S3_EVENTS)
def test_ingest_hands_on_every_sample_event_whole(name: str, binding: str) -> None:
    """This holds for either binding. S3's test event has no records, and is no error."""
    event = json.loads((PROJECT / "events" / name).read_text(encoding="utf-8"))

    assert handed_on("ingest", event, binding) == [{"taken": 1}, [event]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_ingest_hands_on_an_event_of_no_records(binding: str) -> None:
    """An error would cost two useless retries."""
    assert handed_on("ingest", {"Records": []}, binding) == [{"taken": 1}, [{"Records": []}]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_chalice_knows_every_function(binding: str) -> None:
    """The stage decides whether Chalice or the template sets the bucket's notification."""
    script = """
functions = [*app.app.event_sources, *app.app.pure_lambda_functions]
print(json.dumps({item.name: [type(item).__name__, item.handler_string] for item in functions}))
"""

    assert run(RECORDER + script, binding) == {
        "ingest": [BINDINGS[binding], "app.ingest"],
        "load": ["SQSEventConfig", "app.load"],
        "create_database": ["LambdaFunction", "app.create_database"],
        "remove": ["LambdaFunction", "app.remove"],
        "replay": ["LambdaFunction", "app.replay"],
        "smoke_cleanup": ["LambdaFunction", "app.smoke_cleanup"],
        "summarise": ["ScheduledEventConfig", "app.summarise"],
        "sweep": ["ScheduledEventConfig", "app.sweep"],
    }


def test_chalice_knows_bucket_queue_and_schedules() -> None:
    """Chalice sets a notification for every way to create an object, and for nothing else."""
    script = """
ingest, load, summarise, sweep = sorted(app.app.event_sources, key=lambda source: source.name)
schedules = [sweep.schedule_expression, summarise.schedule_expression]
print(json.dumps([ingest.bucket, ingest.events, load.queue, *schedules]))
"""

    assert run(RECORDER + script, "chalice") == [
        "raw",
        ["s3:ObjectCreated:*"],
        "queue",
        "cron(0/15 * * * ? *)",
        "cron(0 7 * * ? *)",
    ]


def test_the_schedules_are_settings() -> None:
    """Each sweep uses the warehouse, which some pay for by the minute."""
    script = (
        "os.environ |= {'SWEEP_MINUTES': '60', 'SUMMARY_HOUR': '0'}"
        + RECORDER
        + "print(json.dumps([source.schedule_expression for source in [*app.app.event_sources][-2:]]))"
    )

    assert run("import os; " + script, "chalice") == ["cron(0 * * * ? *)", "cron(0 0 * * ? *)"]


@pytest.mark.parametrize("binding", BINDINGS)
def test_chalice_gives_load_a_queue_or_times_of_day(binding: str) -> None:
    """The default is the queue. In a stack the template has both."""
    script = (
        "import os; os.environ['LOAD_MINUTES'] = '240'; "
        + RECORDER
        + """
[load] = [source for source in app.app.event_sources if source.name == "load"]
print(json.dumps([type(load).__name__, getattr(load, "schedule_expression", "")]))
"""
    )

    assert run(script, binding) == (
        ["ScheduledEventConfig", "cron(50 2/4 * * ? *)"] if binding == "chalice" else ["SQSEventConfig", ""]
    )


def test_load_hands_on_a_batch_whole_and_returns_the_answer() -> None:
    """The answer tells SQS which messages to deliver again."""
    event = json.loads((PROJECT / "events" / "sqs-load.json").read_text(encoding="utf-8"))

    assert handed_on("load", event) == [{"taken": 1}, [event]]


def test_create_database_hands_on_an_empty_event_and_the_time_that_is_left() -> None:
    """`chalice invoke` sends an empty event. No wait for a lock may outlast the function."""
    assert handed_on("create_database", {}) == [{"taken": 1, "seconds": 119.5}, [{}]]


@pytest.mark.parametrize(
    "event", [{}, {"minutes": 0}, {"detail-type": "Scheduled Event", "detail": {}}], ids=str
)
@pytest.mark.parametrize("function", ["load", "sweep", "summarise"])
def test_a_schedules_function_hands_on_its_events_and_those_of_a_person(
    function: str, event: dict[str, Any]
) -> None:
    """Chalice's own wrapper requires every field of a schedule's event."""
    assert handed_on(function, event) == [{"taken": 1}, [event]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_triggers_import_neither_pandas_nor_the_driver(binding: str) -> None:
    """All functions share app.py, and each would pay for these imports at its cold start."""
    script = """
import app, json, sys
print(json.dumps(sorted({"pandas", "numpy", "psycopg2", "boto3"} & sys.modules.keys())))
"""

    assert run(script, binding) == []


def test_every_function_logs_the_id_of_its_request() -> None:
    """This holds for functions that Chalice wraps in an event of its own, too."""
    names = sorted(config(PROJECT)["lambda_functions"])
    script = f"""
from chalicelib.log import log_event

def handle(event, **seconds):
    log_event("swept")
    return {{}}

for name in ("operations.replay", "operations.removal", "operations.smoke_cleanup"):
    module = sys.modules[f"chalicelib.{{name}}"] = types.ModuleType(name)
for name in [name for name in sys.modules if name.startswith("chalicelib.")]:
    sys.modules[name].handle = handle
for name in {names}:
    context = types.SimpleNamespace(
        aws_request_id=name,
        function_name=name,
        memory_limit_in_mb="128",
        invoked_function_arn="",
        get_remaining_time_in_millis=lambda: 1000,
    )
    getattr(app, name)({{"Records": []}}, context)
"""

    lines = map(json.loads, printed(RECORDER + script).splitlines())
    assert [(line["event"], line["function_request_id"]) for line in lines] == [
        ("swept", name) for name in names
    ]


def test_app_py_has_nothing_but_triggers_of_an_import_and_a_call() -> None:
    text = (PROJECT / "app.py").read_text(encoding="utf-8")
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert len(text.splitlines()) <= 102
    assert [function.name for function in functions] == [
        "ingest",
        "load",
        "create_database",
        "replay",
        "remove",
        "smoke_cleanup",
        "sweep",
        "summarise",
    ]
    for function in functions:
        docstring, imported, call = function.body
        assert isinstance(docstring, ast.Expr)
        assert isinstance(imported, ast.ImportFrom)
        assert isinstance(call, ast.Return)
