"""`check`, as a store's manager and a program have it."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import cli
from local.state import PROJECT

SPOILED = str(PROJECT / "samples" / "chalk_mill_14-03-2022_07-00-00.csv")
CLEAN = str(PROJECT / "samples" / "brackenford_14-03-2022_07-00-00.csv")
OTHER = str(PROJECT / "samples" / "stock_list.csv")


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit code and what is printed."""
    status = cli.main(["check", *arguments])
    return status, capsys.readouterr().out


def test_each_rejected_row_is_told_with_its_line_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    """In words that say what to do about it; the exit code says that there are some."""
    status, out = checked(capsys, SPOILED)

    assert status == 1
    assert [line.split(":")[0].strip() for line in out.splitlines() if line.startswith("  line")] == [
        "line 3, date and time",
        "line 7, items",
        "line 9, total",
        "line 14, items",
        "line 17, store",
    ]


def test_only_the_first_rows_are_told_and_all_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """By their reasons."""
    _, out = checked(capsys, SPOILED, "--rows", "2")

    assert out.splitlines()[-1].strip() == (
        "and 3 more rows; all by reason: bad_time 1, missing_price 2, missing_store 1, total_mismatch 1"
    )


@pytest.mark.parametrize(("files", "status"), [([CLEAN], 0), ([CLEAN, SPOILED], 1), ([OTHER, CLEAN], 1)])
def test_the_exit_code_says_whether_anything_is_wrong(
    files: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """In any of the files; each has its report."""
    found, out = checked(capsys, *files)

    assert found == status
    assert all(f"{Path(file).name}: " in out for file in files)


def test_programs_get_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A list of reports."""
    status, out = checked(capsys, "--json", SPOILED, OTHER)
    reports: list[dict[str, Any]] = json.loads(out)

    assert status == 1
    assert [(report["outcome"], report["reason"]) for report in reports] == [
        ("accepted", ""),
        ("refused", "unknown_header"),
    ]
    spoiled = reports[0]
    assert (spoiled["rows_read"], spoiled["rows_rejected"], spoiled["items"], spoiled["total"]) == (
        20,
        5,
        28,
        "72.60",
    )
    assert spoiled["rejected_rows"][2] == {
        "line_number": 9,
        "column_name": "total_price",
        "reason": "total_mismatch",
        "sentence": "The total is 4.90, but the items add up to 4.70.",
    }


def test_what_is_to_be_looked_at_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no mistake, so the exit code is 0."""
    path = tmp_path / "york_05-06-2021.csv"
    path.write_bytes(b"04/06/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CASH,\n")

    status, out = checked(capsys, str(path))

    assert status == 0
    [line] = [line for line in out.splitlines() if line.startswith("  to look at: ")]
    assert "The file's name names a different store from its rows." in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv"], "is not a file"),
        ([CLEAN, "--rows", "-1"], "--rows"),
        ([str(PROJECT)], "is not a file"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert cli.main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


def test_a_setting_that_makes_no_sense_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    monkeypatch.setenv("MAX_FILE_BYTES", "much")

    assert cli.main(["check", CLEAN]) == 2
    assert "MAX_FILE_BYTES" in capsys.readouterr().err
