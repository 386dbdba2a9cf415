"""The words of the page."""

from decimal import Decimal
from pathlib import Path
from typing import get_args

from chalicelib.reading.reasons import RowReason
from local.page import views
from local.page.mending import MENDING, mending
from local.page.overview import File, Overview
from local.reports import RejectedRow, Report
from local.uploads import Outcome, Result, Upload

HOSTILE = "<script>alert(1)</script>\u202e.csv"
SHOWN = r"&lt;script&gt;alert(1)&lt;/script&gt;\u202e.csv"


def overview(*files: File, waiting: list[str], is_idle: bool = False, failed: int = 0) -> Overview:
    """Return the contents of a cloud."""
    return Overview(
        in_bucket=len(waiting),
        on_the_way=0,
        failed=failed,
        refused=0,
        sales=1_072,
        total=Decimal("9021.5"),
        files_in_ledger=len(files) + 1,
        waiting=waiting,
        is_idle=is_idle,
        files=list(files),
    )


def file(status: str, reason: str = "", sentence: str = "", rejected: int = 0) -> File:
    """Return a file of the ledger, with one of its rejected rows if it has some."""
    row = RejectedRow(1_009, "total_price", "total_mismatch", "The total is 4.90.")
    return File(1, HOSTILE, status, reason, sentence, "", 20, 15, rejected, Decimal("72.6"), [row][:rejected])


def page(*files: File, waiting: list[str] | None = None, is_idle: bool = False, failed: int = 0) -> str:
    """Return the page on some contents."""
    contents = overview(*files, waiting=waiting or [], is_idle=is_idle, failed=failed)
    return views.page(contents, "ads-raw-data", 100)


def test_every_mistake_in_a_row_can_be_mended() -> None:
    assert sorted(MENDING) == sorted(get_args(RowReason))
    assert all(sentence.endswith(".") for sentence in MENDING.values())
    assert mending("a_reason_of_an_earlier_release") == ""


def test_names_of_files_are_text() -> None:
    """In HTML, and where a letter would turn the line round."""
    for html in (page(file("loaded")), page(waiting=[HOSTILE])):
        assert SHOWN in html
        assert "alert(1)</script>" not in html
        assert "\u202e" not in html


def test_a_refused_file_has_its_sentence_and_what_to_do() -> None:
    html = page(file("refused", "workbook", "The file is a spreadsheet workbook; save it as CSV."))

    assert "</b>: The file is a spreadsheet workbook; save it as CSV." in html
    assert "Save the sales as CSV in UTF-8, and upload that file under the same name." in html
    assert "72.60" not in html


def test_a_loaded_file_has_its_figures_and_its_rejected_rows() -> None:
    html = " ".join(page(file("loaded", rejected=5)).split())

    assert ">15</td><td>72.60</td>" in html
    assert "5 of 20 rows rejected" in html
    assert "line 1,009, total: The total is 4.90." in html
    assert MENDING["total_mismatch"] in html
    assert "And 4 more rows." in html


def test_a_file_waits_or_has_been_forgotten() -> None:
    assert "python -m local sweep" not in page(waiting=["leeds.csv"])
    assert "python -m local sweep" in page(waiting=["leeds.csv"], is_idle=True)


def test_messages_that_failed_are_pointed_out() -> None:
    assert "failed too often" not in page()
    assert "<b>2 messages</b> failed too often" in page(failed=2)


def test_an_empty_cloud_says_so() -> None:
    assert "No file has come yet." in page()


def test_a_check_lists_how_to_mend_each_row_and_counts_the_others() -> None:
    rows = [
        RejectedRow(3, "sold_at", "bad_time", "The date is missing."),
        RejectedRow(4, "", "open_quote", "Open."),
    ]
    report = Report(HOSTILE, "accepted", "", "", "", "", 20, 5, 28, Decimal("72.6"), {}, rows)

    html = views.check(report)

    cells = f"<td>date and time</td><td>The date is missing.</td><td>{MENDING['bad_time']}</td>"
    assert f'<th scope="row">3</th>{cells}' in html
    assert "15 sales would be loaded</b>: 28 items, £72.60. 5 of 20 rows would be rejected." in html
    assert "And 3 more rows." in html
    assert SHOWN in html


def test_an_outcome_that_is_not_known_names_no_folder() -> None:
    upload = Upload(Path("leeds.csv"), "leeds.csv", "", "")

    html = views.result(Result(upload, Outcome.UNDECIDED, "undecided: see /var/cafe/logs"))

    assert "neither loaded nor refused yet" in html
    assert "/var" not in html
