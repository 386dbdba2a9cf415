"""The bench on a few small files: it yields every figure, whatever the figures are."""

import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.figures import Figure
from bench.full_warehouse import Size
from bench.plan import Plan
from infra.grafana.generating import DASHBOARDS

LITTLE = Plan(
    stores=1,
    days=2,
    sales=30,
    rounds=1,
    large_rows=50,
    largest_rows=1200,
    warehouses=(Size(2, 2), Size(6, 2)),
    dashboards=Size(60, 2),
    race_rounds=1,
    rivals=("archived",),
    rivals_python=Path(sys.executable),
    many_files=3,
)
QUERIES = sum(1 + len(dashboard.PANELS) for dashboard in DASHBOARDS.values())
IN_PACKAGES = {"cold-imports"}
"""tests/e2e/test_package.py has a package to measure."""


def measure(name: str) -> list[Figure]:
    """Return the figures of a measurement."""
    return list(bench.MEASUREMENTS[name](LITTLE))


def test_every_measurement_has_a_test() -> None:
    assert bench.MEASUREMENTS.keys() == {*TITLES, *CLOUD_TITLES, *IN_PACKAGES}


TITLES = {
    "ingest": ["ingest of day files ÷ pandas.read_csv"],
    "reading": ["parse and split 50 rows ÷ pandas.read_csv", "peak memory of ingest, 1,200 rows"],
    "load": ["load of day files ÷ COPY of the facts"],
    "rivals": ["whole job: the archived pipeline's way ÷ ours"],
    "growth": [
        f"load of {files} with {sales} sales there ÷ with none{when}"
        for sales in ("608", "1,824")
        for when in (", right after a rush", "")
        for files in ("1 file", "10 files")
    ],
    "dashboards": [
        f"slowest of {QUERIES} dashboard queries, 30 days of 18,240 sales",
        "report of a day, 18,240 sales",
    ],
}
CLOUD_TITLES = {
    "file-way": [
        "the way of a file in the cloud (calculated)",
        "the way of 3 files that come together in the cloud (calculated)",
    ],
    "whole-job": [
        "the local cloud's whole job, upload included",
        "peak memory of create_database in the whole job",
        "peak memory of ingest in the whole job",
        "peak memory of load in the whole job",
    ],
}


@pytest.mark.parametrize("name", TITLES)
def test_a_measurement_yields_its_figures(name: str) -> None:
    figures = measure(name)

    assert [figure.title.partition(" (")[0] for figure in figures] == TITLES[name]
    assert all(figure.bar and min(figure.values) > 0 for figure in figures)


def test_the_whole_job_in_a_cloud_has_its_speed_and_the_memory_of_each_function() -> None:
    figures = measure("whole-job")

    assert [figure.title for figure in figures] == CLOUD_TITLES["whole-job"]
    assert all(20 < figure.value < 1000 for figure in figures[1:])


def test_the_way_of_a_file_is_counted_in_a_cloud() -> None:
    """Each file of a batch costs calls of S3, and no statement and no commit."""
    one, many = measure("file-way")

    assert [one.title, many.title] == CLOUD_TITLES["file-way"]
    assert one.details["load commit"] == many.details["load commit"] == 2
    assert one.details["load statement"] == many.details["load statement"]
    assert one.details["ingest s3"] == many.details["ingest s3"] > 0
    assert one.details["ingest sqs"] == many.details["ingest sqs"] == 1
    assert one.details["load s3"] > 0
    assert many.value >= one.value > 1.2
