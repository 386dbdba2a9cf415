"""Figures: medians, spreads, verdicts, the table and the JSON."""

import json
from datetime import UTC, datetime

import pytest

from bench.figures import Bound, Figure, sentence, table, to_json

SPEED = Figure.ratio("ours ÷ theirs", {"ours": [2.0, 9.0, 3.0], "theirs": [1.0, 3.0, 2.0]}, bar=2.5)
MEMORY = Figure("peak memory", [412.4], bar=400, unit="MB")
UNJUDGED = Figure("sales", [12_345.6], unit="sales/s")


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """It is not the ratio of the medians, which would be 3 ÷ 2: a slow round slows both sides."""
    assert SPEED.values == [2.0, 3.0, 1.5]
    assert SPEED.value == 2.0
    assert SPEED.details == {"ours (s)": 3.0, "theirs (s)": 2.0}


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [
        ("at most", 3.49, "within"),
        ("at most", 3.5, "within"),
        ("at most", 3.51, "MISSED"),
        ("at least", 3.49, "MISSED"),
        ("at least", 3.5, "within"),
        ("at least", 3.51, "within"),
    ],
)
def test_a_bar_is_the_greatest_or_the_least_value(bound: Bound, value: float, verdict: str) -> None:
    assert Figure("", [value], bar=3.5, bound=bound).verdict == verdict


def test_rounds_of_different_numbers_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Figure.ratio("", {"ours": [1.0, 2.0], "theirs": [1.0]})


def test_the_table_has_a_row_for_each_figure() -> None:
    """A figure of one round has no spread, and one without a bar no verdict."""
    assert table([SPEED, MEMORY, UNJUDGED]).splitlines() == [
        "| figure        | median         | spread       | bar            | verdict |",
        "|---------------|----------------|--------------|----------------|---------|",
        "| ours ÷ theirs | 2.00           | 1.50 to 3.00 | at most 2.5    | within  |",
        "| peak memory   | 412 MB         |              | at most 400 MB | MISSED  |",
        "| sales         | 12,346 sales/s |              |                |         |",
    ]


def test_a_figure_that_misses_its_bar_says_so_at_once() -> None:
    assert sentence(MEMORY) == "peak memory: 412 MB; at most 400 MB MISSED"
    assert sentence(SPEED) == (
        "ours ÷ theirs: 2.00; 1.50 to 3.00; at most 2.5 within; ours (s) 3, theirs (s) 2"
    )


def test_the_json_has_the_same_figures() -> None:
    document = json.loads(to_json([SPEED, UNJUDGED], datetime(2026, 11, 27, 9, 30, tzinfo=UTC)))

    assert document["measured_at"] == "2026-11-27T09:30:00+00:00"
    assert document["figures"] == [
        {
            "title": "ours ÷ theirs",
            "median": 2.0,
            "least": 1.5,
            "greatest": 3.0,
            "rounds": 3,
            "unit": "",
            "bar": 2.5,
            "bound": "at most",
            "verdict": "within",
            "details": {"ours (s)": 3.0, "theirs (s)": 2.0},
        },
        {
            "title": "sales",
            "median": 12345.6,
            "least": 12345.6,
            "greatest": 12345.6,
            "rounds": 1,
            "unit": "sales/s",
            "bar": None,
            "bound": None,
            "verdict": "",
            "details": {},
        },
    ]
