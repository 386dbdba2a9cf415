"""The lines and exit codes of `withdraw`, `erase` and `discard`."""

import io
from pathlib import Path
from typing import Any

import pytest

from local import cli, removals

FILE = {"object_key": "a.csv", "last_modified": "2022-03-14T07:00:00", "status": "loaded", "sales": 1_200}
ERASED = {"files": [], "keys": ["a.csv", "b.csv"], "parts": 4, "copies": 1, "raw_versions": 2, "messages": 0}
PAGE = {"sales": 2, "copies": 1, "copies_damaged": 0, "earlier_hash_keys": [], "after": ""}


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list to which each call of the function adds its event."""
    return []


def answers(monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]], *pages: dict[str, Any]) -> None:
    """Let the function answer with these pages, one a call."""

    def answer(_folder: Path, **event: Any) -> dict[str, Any]:
        events.append(event)
        return pages[len(events) - 1]

    monkeypatch.setattr(removals, "answer", answer)


@pytest.mark.parametrize(
    ("file", "dry_run", "line"),
    [
        ({"sales_of_other_files": 0}, False, "withdrawn: 1,200 sales"),
        ({"sales_of_other_files": 40}, False, "withdrawn: 1,200 sales, 40 count from other files now"),
        ({"sales": 0, "sales_of_other_files": 0}, False, "withdrawn"),
        ({"sales_of_other_files": 0}, True, "would be withdrawn, is loaded"),
        ({"status": "withdrawn", "sales_of_other_files": 0}, False, "withdrawn before"),
    ],
)
def test_a_line_says_what_became_of_a_version(file: dict[str, Any], line: str, *, dry_run: bool) -> None:
    assert list(removals.file_lines([FILE | file], "withdrawn", dry_run=dry_run)) == [
        f"a.csv of 2022-03-14 07:00:00: {line}"
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.csv", "--customer", "Jo"],
        ["--customer", "Jo"],
        ["--store", "Leeds"],
        ["a.csv", "--store", "x"],
    ],
)
def test_erase_takes_a_file_or_a_customer_of_a_store(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["erase", *arguments]) == 2
    assert capsys.readouterr().err == "Name either a file's KEY, or both --customer and --store.\n"


def test_an_erasure_names_the_other_files_and_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, events, ERASED | {"messages_unread": 1})

    assert cli.main(["erase", "a.csv"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "the same content is under another name: b.csv",
        "staged parts: 4",
        "archive copies: 1",
        "raw versions: 2",
        "messages: 0",
        "1 message could not be looked at: run this once more in half an hour.",
    ]


def test_a_customers_name_comes_from_standard_input_and_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command goes on until the last page, and adds the figures up."""
    monkeypatch.setattr("sys.stdin", io.StringIO("Jo Bloggs\n"))
    answers(
        monkeypatch, events, PAGE | {"after": "archive/a"}, PAGE | {"sales": 0, "earlier_hash_keys": ["00ff"]}
    )

    assert cli.main(["erase", "--customer", "-", "--store", "Leeds"]) == 0
    assert [(event["customer"], event["after"]) for event in events] == [
        ("Jo Bloggs", ""),
        ("Jo Bloggs", "archive/a"),
    ]
    assert capsys.readouterr().out.splitlines() == [
        "sales: 2",
        "archive copies: 2",
        "hashes under earlier hash keys were not found by the name: 00ff",
    ]


def test_a_withdrawal_says_that_it_is_to_be_finished(
    monkeypatch: pytest.MonkeyPatch, events: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, events, {"files": [FILE | {"sales_of_other_files": 0}], "copies": 0})

    assert cli.main(["withdraw", "a.csv", "--store", "Leeds"]) == 1
    assert capsys.readouterr().out.endswith(
        "Not all of them are archived yet: run this once more in a few minutes.\n"
    )
