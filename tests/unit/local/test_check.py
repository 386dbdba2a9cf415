"""`check`, as a store's manager and a program use it."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local import cli
from local.reports import Report
from local.state import PROJECT

SPOILED = str(PROJECT / "samples" / "chalk_mill_14-03-2022_07-00-00.csv")
CLEAN = str(PROJECT / "samples" / "brackenford_14-03-2022_07-00-00.csv")
OTHER = str(PROJECT / "samples" / "stock_list.csv")


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run `check`; return the exit code and the output."""
    status = cli.main(["check", *arguments])
    return status, capsys.readouterr().out


def test_each_rejected_row_is_listed_with_its_line_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1 since there are some."""
    status, out = checked(capsys, SPOILED)

    assert status == 1
    assert [line.split(":")[0].strip() for line in out.splitlines() if line.startswith("  line")] == [
        "line 3, date and time",
        "line 7, items",
        "line 9, total",
        "line 14, items",
        "line 17, store",
    ]


def test_only_the_first_rows_are_listed_and_all_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line counts the rejected rows by reason."""
    _, out = checked(capsys, SPOILED, "--rows", "2")

    assert out.splitlines()[-1].strip() == (
        "and 3 more rows; all by reason: bad_time 1, missing_price 2, missing_store 1, total_mismatch 1"
    )


def test_a_report_says_if_not_all_rejected_rows_are_counted_by_reason() -> None:
    """Of a loaded file, the warehouse keeps only the first ones."""
    report = Report(
        file="leeds.csv",
        outcome="loaded",
        reason="",
        sentence="",
        reading="",
        remarks="",
        rows_read=3_000,
        rows_rejected=1_200,
        items=1_800,
        total=Decimal(10),
        reasons={"bad_time": 400, "bad_total": 600},
        rejected_rows=[],
    )

    assert list(report.lines())[-1].strip() == (
        "and 1,200 more rows; the first 1,000 by reason: bad_time 400, bad_total 600"
    )


@pytest.mark.parametrize(("files", "status"), [([CLEAN], 0), ([CLEAN, SPOILED], 1), ([OTHER, CLEAN], 1)])
def test_the_exit_code_says_whether_anything_is_wrong(
    files: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is 1 if something is wrong with any of the files; each file has its report."""
    actual, out = checked(capsys, *files)

    assert actual == status
    assert all(f"{Path(file).name}: " in out for file in files)


def test_programs_get_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The output is a list of reports."""
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


def test_remarks_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A remark is no mistake, so the exit code is 0."""
    path = tmp_path / "york_05-06-2021.csv"
    path.write_bytes(b"04/06/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CASH,\n")

    status, out = checked(capsys, str(path))

    assert status == 0
    [line] = [line for line in out.splitlines() if line.startswith("  please check: ")]
    assert "The file's name gives a different store from its rows." in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv"], "is not a file"),
        ([CLEAN, "--rows", "-1"], "--rows"),
        ([str(PROJECT)], "is a folder, not a file"),
        ([CLEAN, SPOILED, "--key", "leeds/a.csv"], "--key takes one file"),
        ([CLEAN, "--loaded", "--key", "leeds/a.csv"], "--key takes one file"),
    ],
)
def test_arguments_that_make_no_sense_get_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 2."""
    assert cli.main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (b"leedz.csv", "leedz.csv is not a file: check its name and its folder."),
        (b"folder", "folder is a folder, not a file: "),
        (b"caf\xe9.csv", "The name caf\N{REPLACEMENT CHARACTER}.csv is not UTF-8: rename the file."),
        (b"caf\xe8.csv", "caf\N{REPLACEMENT CHARACTER}.csv is not a file: check its name and its folder."),
    ],
)
def test_the_good_files_beside_one_that_cannot_be_read_are_checked(
    name: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other one gets a sentence on standard error, and the exit code is 2."""
    (tmp_path / "folder").mkdir()
    (tmp_path / os.fsdecode(b"caf\xe9.csv")).touch()

    assert cli.main(["check", str(tmp_path / os.fsdecode(name)), CLEAN]) == 2

    printed = capsys.readouterr()
    assert printed.out.startswith(f"{Path(CLEAN).name}: accepted\n")
    assert printed.err.count("\n") == 1
    assert sentence in printed.err


def test_programs_get_the_reports_on_the_good_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence about the other file goes to standard error."""
    assert cli.main(["check", "--json", str(tmp_path / "leedz.csv"), CLEAN]) == 2

    printed = capsys.readouterr()
    assert [report["file"] for report in json.loads(printed.out)] == [Path(CLEAN).name]
    assert "leedz.csv" in printed.err


def test_a_single_row_is_named_in_the_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "leeds_05-06-2021.csv"
    row = b"05/06/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,%s,CASH,\n"
    path.write_bytes(row % b"2.45" + row % b"9.99")

    _, out = checked(capsys, str(path), "--rows", "0")

    assert "1 of 2 rows rejected" in out
    assert "\n  1 sale, 1 item, 2.45 pounds\n" in out
    assert "and 1 more row; all by reason" in out


def test_a_setting_that_makes_no_sense_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 2."""
    monkeypatch.setenv("MAX_FILE_BYTES", "much")

    assert cli.main(["check", CLEAN]) == 2
    assert "MAX_FILE_BYTES" in capsys.readouterr().err


STORELESS = b"25/08/2021 09:00,Jo Bloggs,Large Latte - 2.45,2.45,CASH,\n"


def test_a_store_of_the_setting_is_taken_from_the_files_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the cloud; without the setting the file is refused."""
    path = tmp_path / "york_25-08-2021.csv"
    path.write_bytes(STORELESS)
    monkeypatch.delenv("STORES", raising=False)
    assert checked(capsys, str(path))[0] == 1
    monkeypatch.setenv("STORES", "Leeds, York")

    status, out = checked(capsys, str(path))

    assert status == 0
    assert "  store York, as the file's name says" in out.splitlines()


def test_a_file_is_checked_under_another_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the key is that in the bucket, and not the one on the laptop."""
    path = tmp_path / "sales.csv"
    path.write_bytes(STORELESS)
    monkeypatch.setenv("STORE_FOLDERS", "yes")
    assert checked(capsys, str(path))[0] == 1

    status, out = checked(capsys, str(path), "--key", "Leeds/2021-08-25.csv")

    assert status == 0
    assert "  store Leeds, as the file's folder says" in out.splitlines()
