"""Files in `bad/` have a fault, for which each is named; files in `odd/` look strange but are accepted."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.reading.reasons import FileReason, RowReason
from tests.support.staged_parts import stage_each_way

BAD, ODD = Path(__file__).parent / "bad", Path(__file__).parent / "odd"
SECRETS = ("poe", "bloggs", "ann lee", "zoë", "5494000000000000", "4111", "see receipt")
"""A part of each name and card in these files."""

OF_OTHER_TESTS = {
    *(
        "bad_key",
        "glacier",
        "long_key",
        "other_store",
        "swapped",
        "too_large",
        "too_many_names",
        "too_many_rejected",
    ),
}
"""Reasons that depend on more than the bytes of a small file."""


def expected(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the lines of `expected.csv` by the file's name; there have to be some for each file of the folder."""
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as lines:
        rows_of = defaultdict(list)
        for row in csv.DictReader(lines):
            rows_of[row["file"]].append(row)
    assert sorted(rows_of) == sorted(path.name for path in folder.iterdir() if path.name != "expected.csv")
    return rows_of


@pytest.mark.parametrize(("name", "faults"), expected(BAD).items())
def test_a_bad_file_is_refused_or_some_of_its_rows_are_rejected(
    name: str, faults: list[dict[str, str]]
) -> None:
    """The reason is the expected one, rows without a fault load, and no output shows a name or card."""
    staged = stage_each_way((BAD / name).read_bytes(), object_key=name)
    reason = next((fault["reason"] for fault in faults if not fault["line"]), "")

    assert staged.reason == reason
    assert bool(staged.sales) == (not reason)
    if not reason:
        assert staged.reasons == {int(fault["line"]): fault["reason"] for fault in faults}
    output = f"{staged.text} {staged.request.to_json()}".casefold()
    assert [secret for secret in SECRETS if secret in output] == []


@pytest.mark.parametrize(("name", "figures"), expected(ODD).items())
def test_an_odd_file_is_accepted_with_all_its_sales(name: str, figures: list[dict[str, str]]) -> None:
    staged = stage_each_way((ODD / name).read_bytes(), object_key=name)
    [row] = figures

    assert (staged.reason, staged.rejections) == ("", [])
    assert (len(staged.sales), staged.request.total) == (int(row["sales"]), Decimal(row["total"]))
    assert staged.prices() == staged.request.total


def test_every_reason_has_a_bad_file() -> None:
    reasons = {fault["reason"] for faults in expected(BAD).values() for fault in faults}

    assert reasons == {*get_args(RowReason), *get_args(FileReason)} - OF_OTHER_TESTS
