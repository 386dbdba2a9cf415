"""The command `report`: where it writes, and what it says if it cannot."""

from datetime import date
from pathlib import Path

from local.samples import generator
from tests.support.local_cloud import LocalCloud
from tests.support.report_page import Page


def test_the_report_of_a_day_is_written_to_a_file(empty_cloud: LocalCloud, tmp_path: Path) -> None:
    """Without options it is that of the last day with sales, in the state folder."""
    empty = empty_cloud.run("report")
    assert Page(Path(empty.stdout.strip()).read_bytes()).title == "No sales yet"
    files = generator.write_files(
        tmp_path / "files", stores=["Leeds", "York"], first_day=date(2022, 3, 14), days=2, sales=20, seed=1
    )
    empty_cloud.put(*files)
    output = tmp_path / "report.html"

    last = empty_cloud.run("report")
    chosen = empty_cloud.run("report", "--day", "2022-03-14", "--store", "york", "--output", str(output))

    assert (last.returncode, last.stderr) == (0, "")
    assert Page(Path(last.stdout.strip()).read_bytes()).title == "Sales of Tuesday, 15 March 2022"
    assert (chosen.returncode, chosen.stdout.strip()) == (0, str(output))
    page = Page(output.read_bytes())
    assert page.title == "Sales of Monday, 14 March 2022"
    assert [row[0] for row in page.section("Stores").rows[1:]] == ["York"]


def test_a_report_that_cannot_be_made_is_one_sentence(cloud: LocalCloud, tmp_path: Path) -> None:
    for options, code, sentence in (
        (("--day", "yesterday"), 2, "--day must be a date such as 2022-03-14, not yesterday."),
        (("--store", "Nowhere"), 2, "No store has the name Nowhere. The warehouse has these stores: "),
        (("--output", str(tmp_path / "no" / "r.html")), 1, "Could not write the report to "),
    ):
        result = cloud.run("report", *options)

        assert (result.returncode, result.stdout) == (code, "")
        assert sentence in result.stderr
        assert "Traceback" not in result.stderr
