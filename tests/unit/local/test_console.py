"""Keys and names that anybody may have written, as the commands show them on a terminal."""

from pathlib import Path
from typing import Any

import pytest

from local import cli, client, removals
from local.commands import replay, summarise, sweep
from local.console import say, show
from local.state import Run, State

KEY = "leeds\x1b]0;owned\x07\u202e\n.csv "
SHOWN = r"leeds\x1b]0;owned\x07\u202e\n.csv\x20"


def answers(monkeypatch: pytest.MonkeyPatch, module: Any, answer: dict[str, Any]) -> None:
    """Let a command's function give an answer, without a cloud."""
    run = Run(0, 0, "http://127.0.0.1:1", "", "local", "")
    monkeypatch.setattr(State, "running", lambda _state: run)
    monkeypatch.setattr(module, "invoke", lambda *_arguments: answer)


def test_a_text_is_shown_line_by_line_with_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    say("Failed:\n  a\x1b[2J\r\u2800")
    show("a\x1b[2J\nb", "é")

    captured = capsys.readouterr()
    assert captured.err == "Failed:\n  a\\x1b[2J\\r\\u2800\n"
    assert captured.out == "a\\x1b[2J\\nb\né\n"


def test_a_sweep_shows_stuck_files_and_missing_stores_with_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = {"files_reingested": 0, "parts_removed": 0, "suspect_sales": 0}
    answers(monkeypatch, sweep, {"files_stuck": [KEY], "stores_missing": [KEY], **counts})

    assert cli.main(["--state", str(tmp_path), "sweep"]) == 1

    stuck, missing, *_ = capsys.readouterr().out.splitlines()
    assert stuck.startswith(f"stuck: {SHOWN}: ")
    assert missing.startswith(f"missing: {SHOWN}: ")


def test_a_summary_shows_missing_stores_with_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that could not be written is a failure, too."""
    counts = {"day": "2021-08-25", "stores_sold": 0, "files_to_correct": 0, "mails_to_stores": 0}
    answers(monkeypatch, summarise, {"report": "", "stores_missing": [KEY], **counts})

    assert cli.main(["--state", str(tmp_path), "summarise"]) == 1

    missing, _, report, *_ = capsys.readouterr().out.splitlines()
    assert missing.startswith(f"missing: {SHOWN}: ")
    assert report.startswith("report: failed")


def test_a_replay_shows_keys_and_sentences_with_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = {"object_key": KEY, "outcome": "refused", "sentence": "No\x1b[2J."}
    answers(monkeypatch, replay, {"files": [file], "after": ""})

    assert cli.main(["--state", str(tmp_path), "replay"]) == 1

    assert capsys.readouterr().out.splitlines()[0] == rf"{SHOWN}: refused: No\x1b[2J."


def test_a_removal_shows_keys_with_escapes() -> None:
    file = {"object_key": KEY, "last_modified": "2022-03-14T07:00:00", "status": "discarded"}

    [line] = removals.file_lines([file], "discarded", dry_run=False)

    assert line == f"{SHOWN} of 2022-03-14 07:00:00: discarded before"


def test_a_failure_of_a_function_is_shown_with_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """Its message and its log may quote a key."""
    error = {"errorType": "ClientError", "errorMessage": "no a\x1b[2J.csv"}

    say(str(client.FunctionError("cafe-etl-local-sweep", error, "line\nan a\x1b[2J.csv")))

    assert capsys.readouterr().err.splitlines() == [
        r"cafe-etl-local-sweep failed: ClientError: no a\x1b[2J.csv",
        "line",
        r"an a\x1b[2J.csv",
    ]
