"""Files with a fault in `bad/`, each named for it, and odd ones in `odd/` that are taken all the same."""

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
"""Of all names and cards in these files something."""

OF_OTHER_TESTS = {"long_key", "too_large"}
"""Reasons that are not in a file's bytes."""


def expected(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return by each file's name what is expected of it."""
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as lines:
        found = defaultdict(list)
        for row in csv.DictReader(lines):
            found[row["file"]].append(row)
    assert sorted(found) == sorted(path.name for path in folder.iterdir() if path.name != "expected.csv")
    return found


@pytest.mark.parametrize(("name", "faults"), expected(BAD).items())
def test_a_bad_file_says_what_is_wrong(name: str, faults: list[dict[str, str]]) -> None:
    """Why it is refused, or which of its rows are; the others load, and nothing shows a name or card."""
    staged = stage_each_way((BAD / name).read_bytes(), object_key=name)
    reason = next((fault["reason"] for fault in faults if not fault["line"]), "")

    assert staged.reason == reason
    assert bool(staged.sales) == (not reason)
    if not reason:
        assert staged.reasons == {int(fault["line"]): fault["reason"] for fault in faults}
    told = f"{staged.text} {staged.request.to_json()}".casefold()
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize(("name", "figures"), expected(ODD).items())
def test_an_odd_file_is_taken(name: str, figures: list[dict[str, str]]) -> None:
    """With all its sales, to the penny."""
    staged = stage_each_way((ODD / name).read_bytes(), object_key=name)
    [wanted] = figures

    assert (staged.reason, staged.rejections) == ("", [])
    assert (len(staged.sales), staged.request.total) == (int(wanted["sales"]), Decimal(wanted["total"]))
    assert staged.prices() == staged.request.total


def test_every_reason_has_a_file() -> None:
    """Of rows and of files."""
    known = {fault["reason"] for faults in expected(BAD).values() for fault in faults}

    assert known == {*get_args(RowReason), *get_args(FileReason)} - OF_OTHER_TESTS
