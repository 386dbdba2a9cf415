"""Exports that grow during the day, are copied and are corrected; checked with plain csv and decimal."""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from local.samples import generator, menu
from local.state import PROJECT
from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.engines("postgres", "redshift")

LEEDS = (
    Path(os.environ.get("CAFE_DAY_FILES", PROJECT.parent / "shared" / "data"))
    / "leeds_25-08-2021_09-00-00.csv"
)
MORNING = 100
LEFT_OUT = (150, 200)
"""Lines that the corrected file leaves out, counted from 1; the morning does not have them, either."""

FIGURES = """
    select
        (select count(*) from transactions),
        (select coalesce(sum(total_price), 0) from transactions),
        (select count(*) from baskets),
        (select coalesce(sum(unit_price), 0) from baskets),
        (select count(*) from customers),
        (select count(*) from stores)
"""
SALES_OF_DAY = (
    "select count(*) from transactions inner join load_files using (file_id) where object_key = 'day.csv'"
)
Figures = tuple[int, Decimal, int, Decimal, int, int]


def expected_figures(content: bytes, everything: bytes) -> Figures:
    """Count the sales of one file, and the customers of all that was ever loaded, with plain csv and decimal."""
    rows = list(csv.reader(content.decode().splitlines()))
    rows = [row for row in rows if any(map(str.strip, row))]
    prices = [Decimal(item.rsplit(" - ", 1)[1]) for row in rows for item in row[3].split(", ")]
    all_rows = [row for row in csv.reader(everything.decode().splitlines()) if len(row) > 2]
    customers = {(row[1], " ".join(row[2].split()).casefold()) for row in all_rows}
    totals = sum(Decimal(row[4]) for row in rows)
    return len(rows), Decimal(totals), len(prices), sum(prices, Decimal(0)), len(customers), 1


def check(pipeline: Pipeline, day: bytes) -> list[int]:
    """Load a day as it grows, is copied and corrected, and check it; return the number of sales after each load."""
    lines = day.splitlines(keepends=True)
    morning = b"".join(lines[:MORNING])
    corrected = b"".join(line for number, line in enumerate(lines, 1) if number not in LEFT_OUT)
    sales = []
    for key, content, stated, everything, status in (
        ("morning.csv", morning, morning, morning, "loaded"),
        ("day.csv", day, day, day, "loaded"),
        ("copy.csv", day, day, day, "duplicate"),
        ("day.csv", corrected, day, day, "loaded"),
        ("copy.csv", corrected, corrected, day, "duplicate"),
    ):
        pipeline.run(**{key: content})

        [figures] = pipeline.rows(FIGURES)
        assert figures == expected_figures(stated, everything), f"after {key}"
        assert pipeline.statuses()[key] == status
        sales.append(figures[0])
    assert pipeline.rows(SALES_OF_DAY) == [(sales[-1],)], "the newest file that contains a sale owns it"
    return sales


@pytest.mark.skipif(not LEEDS.is_file(), reason="the real day files are not there")
def test_a_real_day_that_grows_is_copied_and_corrected_counts_once(pipeline: Pipeline) -> None:
    """First come 100 lines, then the whole day, a copy of it, and a correction without two of its sales.

    The copy still states these two until it is corrected, too.
    """
    assert check(pipeline, LEEDS.read_bytes()) == [100, 382, 382, 382, 380]


def test_a_generated_day_that_grows_is_copied_and_corrected_counts_once(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """This one runs on every machine: the real days are on few."""
    [path] = generator.write_files(
        tmp_path, stores=menu.STORES[:1], first_day=date(2022, 3, 1), days=1, sales=300, seed=11
    )
    day = path.read_bytes()
    whole = sum(1 for line in day.splitlines() if line.strip())

    assert check(pipeline, day) == [MORNING, whole, whole, whole, whole - len(LEFT_OUT)]
