"""The commands `summarise` and `mails`: what they print, and that a local cloud keeps its mails."""

from pathlib import Path

from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import PROCESSED, csv_of, sale


def subjects(cloud: LocalCloud, *options: str) -> list[str]:
    """Return the subjects that the command `mails` prints."""
    result = cloud.run("mails", *options)
    assert result.returncode == 0, result.stderr
    return [line for line in result.stdout.splitlines() if line.startswith("Subject: ")]


def test_the_commands_show_what_would_have_been_sent(empty_cloud: LocalCloud, tmp_path: Path) -> None:
    assert empty_cloud.run("mails").stdout == "No mail was sent.\n"
    for key, content in (
        ("leeds_25-08-2021.csv", csv_of(sale(1), sale(2, total="9.99"))),
        ("york_25-08-2021.csv", csv_of(sale(1, store="York"))),
    ):
        path = tmp_path / key
        path.write_bytes(content)
        empty_cloud.put(path)

    result = empty_cloud.run("summarise", "--day", "2021-08-25")

    assert (result.returncode, result.stdout.splitlines()) == (
        0,
        [
            "day: 2021-08-25",
            f"report: s3://{PROCESSED}/reports/2021-08-25.html",
            "stores with sales: 2",
            "files to correct: 1",
            "mails to stores: 2",
        ],
    ), result.stderr
    assert subjects(empty_cloud) == [
        "Subject: Cafe ETL local: 1 loaded, 1 row rejected",
        "Subject: Cafe ETL local: 25/08/2021: 2 stores sold 4.90 pounds",
        "Subject: Cafe ETL local: 1 row rejected, Leeds",
        "Subject: Cafe ETL local: summary of 25/08/2021, Leeds",
        "Subject: Cafe ETL local: summary of 25/08/2021, York",
    ]
    assert subjects(empty_cloud, "--store", "YORK") == [
        "Subject: Cafe ETL local: summary of 25/08/2021, York"
    ]


def test_a_day_that_makes_no_sense_is_one_sentence(empty_cloud: LocalCloud) -> None:
    result = empty_cloud.run("summarise", "--day", "25/08/2021")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("A summary's day must be written like 2021-08-25.\n")
