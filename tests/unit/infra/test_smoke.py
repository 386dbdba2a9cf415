"""The smoke test: what it says while it waits, what it removes, and when it sends no file at all."""

import io
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.operations import smoke_cleanup
from infra import smoke, trial
from infra.errors import InfraError
from infra.names import Names
from infra.trial import EXPECTED, Trial
from local.account import ACCOUNT, REGION
from local.state import PROJECT

NAMES = Names.of(PROJECT, "dev").within(ACCOUNT, REGION)
ABSENT = {**EXPECTED, "files": 0, "sales": 0}


class Stage:
    """A stage of AWS: one raw bucket and its functions. Dry runs answer with `figures`, one after another."""

    def __init__(self, figures: list[dict[str, Any]] | None = None, *, loads: bool = True) -> None:
        self.figures = figures or []
        self.loads = loads
        self.state: dict[str, Any] = {"State": "Active", "LastUpdateStatus": "Successful"}
        self.mapping = "Enabled"
        self.target = NAMES.function("ingest")
        self.uploads: list[str] = []
        self.versions: list[dict[str, str]] = []

    def client(self, _service: str) -> "Stage":
        """Return the client of any service: this object."""
        return self

    def get_function_configuration(self, **_parameters: Any) -> dict[str, Any]:
        """Return the state of any function."""
        return self.state

    def get_bucket_notification_configuration(self, **_parameters: Any) -> dict[str, Any]:
        """Return the one function that the bucket calls."""
        return {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": f"arn:aws:lambda:::{self.target}"}]}

    def put_object(self, **parameters: Any) -> dict[str, str]:
        """Accept a file, and load it at once if the stage loads."""
        self.uploads.append(parameters["Key"])
        self.versions += [{"Key": parameters["Key"], "VersionId": "1"}] * (not self.loads)
        return {"VersionId": "1"}

    def list_object_versions(self, **_parameters: Any) -> dict[str, Any]:
        """Return the versions that are not loaded."""
        return {"Versions": list(self.versions)}

    def get_paginator(self, _name: str) -> "Stage":
        """Return any paginator: this object."""
        return self

    def paginate(self, *, Prefix: str = "", **_parameters: Any) -> list[dict[str, Any]]:  # noqa: N803 - boto3's
        """Return one page with the one mapping of the load queue, and the versions in the bucket."""
        mapping = {"State": self.mapping, "FunctionArn": f"arn:aws:lambda:::{NAMES.function('load')}"}
        versions = [version for version in self.versions if version["Key"].startswith(Prefix)]
        return [{"EventSourceMappings": [mapping] if self.mapping else [], "Versions": versions}]

    def delete_object(self, **parameters: Any) -> None:
        """Delete a version."""
        self.versions.remove({"Key": parameters["Key"], "VersionId": parameters["VersionId"]})

    def invoke(self, *, Payload: bytes, **_parameters: Any) -> dict[str, Any]:  # noqa: N803
        """Answer as `smoke_cleanup` does; without figures, time out once a file was sent."""
        event = json.loads(Payload)
        if event["object_key"] == "smoke_test_*":
            return {"Payload": io.BytesIO(b'{"object_keys": []}')}
        if not self.figures:
            raise ReadTimeoutError(endpoint_url="there")
        figures = self.figures.pop(0) if event["dry_run"] else self.figures[-1] if self.figures else ABSENT
        return {"Payload": io.BytesIO(json.dumps(figures).encode())}


def test_a_smoke_test_deletes_its_file_even_if_the_stage_does_not_answer() -> None:
    """It says, too, that warehouse and archive may still have the file."""
    stage = Stage(loads=False)

    with pytest.raises(InfraError, match=r"smoke_test_\S+ could not be removed either"):
        smoke.smoke(NAMES, stage.client, lambda _line: None, timeout=0.01)
    assert (len(stage.uploads), stage.versions) == (1, [])


def test_a_smoke_test_says_that_it_waits_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(smoke, "REPORT_SECONDS", 0.02)
    lines: list[str] = []

    with pytest.raises(InfraError):
        smoke.smoke(NAMES, Stage(loads=False).client, lines.append, timeout=0.2)

    assert lines[1].endswith("Waiting until it is loaded, up to 0.2 seconds.")
    assert len([line for line in lines if line.startswith("Still waiting after 0 of 0.2 seconds")]) > 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"state": {"State": "Failed", "StateReason": "No subnet."}}, "cannot run: No subnet."),
        (
            {"state": {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "No subnet."}},
            "The last update of the function cafe-etl-dev-ingest failed: No subnet.",
        ),
        ({"target": "cafe-etl-prod-ingest"}, "does not call cafe-etl-dev-ingest for a new file"),
        ({"mapping": "Disabled"}, "its event source mapping is Disabled"),
        ({"mapping": ""}, "No queue calls cafe-etl-dev-load"),
    ],
)
def test_a_stage_that_cannot_load_gets_no_file(fault: dict[str, Any], sentence: str) -> None:
    """Nobody waits for what cannot come."""
    stage = Stage([EXPECTED])
    for name, value in fault.items():
        setattr(stage, name, value)

    with pytest.raises(InfraError, match=sentence):
        smoke.smoke(NAMES, stage.client, lambda _line: None)
    assert stage.uploads == []


def test_a_stage_that_loads_at_times_of_day_needs_no_queue_that_calls_load() -> None:
    stage = Stage([EXPECTED, EXPECTED])
    stage.mapping = "Disabled"
    stage.state["Environment"] = {"Variables": {"LOAD_MINUTES": "240"}}

    smoke.smoke(NAMES, stage.client, lambda _line: None)

    assert len(stage.uploads) == 1


def test_a_file_that_another_smoke_test_removed_is_sent_again() -> None:
    """Two stages may share a warehouse, and each smoke test removes what it takes for left behind."""
    stage = Stage([ABSENT, EXPECTED, EXPECTED])
    lines: list[str] = []

    smoke.smoke(NAMES, stage.client, lines.append)

    assert len(stage.uploads) == 2
    assert [line for line in lines if "another smoke test may have removed it" in line]


def test_wrong_figures_are_shown_beside_the_right_ones() -> None:
    stage = Stage([{**EXPECTED, "total": "4.60"}, EXPECTED])

    with pytest.raises(
        InfraError, match=r"wrong figures of smoke_test_[\d_-]+\.csv: total 4\.60 and not 4\.50\.$"
    ):
        smoke.smoke(NAMES, stage.client, lambda _line: None)


def test_two_files_of_one_second_are_said_to_be_of_two_smoke_tests() -> None:
    """Both have one key, so each test would count the versions of both."""
    stage = Stage([{**EXPECTED, "files": 2}, EXPECTED])

    with pytest.raises(
        InfraError, match=r"files 2 and not 1\. Another smoke test may have sent a file in the same"
    ):
        smoke.smoke(NAMES, stage.client, lambda _line: None)


def test_both_sides_know_a_smoke_tests_key_and_no_key_of_a_store() -> None:
    """A store may write no other key than its own, but nothing of a store should be deleted in any case."""
    key = Trial.at(datetime(2021, 8, 25, 9, 0, tzinfo=UTC)).key

    assert key == "smoke_test_25-08-2021_09-00-00.csv"
    assert smoke_cleanup.DATED_KEY.pattern == trial.KEY.pattern
    assert smoke_cleanup.EVERY_KEY == smoke.EVERY_KEY
    assert trial.KEY.fullmatch(key)
    assert not any(map(trial.KEY.fullmatch, ["smoke_test_leeds.csv", f"leeds/{key}", f"{key}.gz"]))


STOPPABLE = """
import signal, time
from infra.stopping import Stopped, stoppable
try:
    with stoppable():
        print("ready", flush=True)
        time.sleep(30)
except Stopped as stop:
    raise SystemExit(stop.exit_code)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_exception_and_the_exit_code_says_which_it_was(number: int) -> None:
    command = [sys.executable, "-c", STOPPABLE]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.wait(timeout=20)

    assert process.returncode == 128 + number
