"""`python -m bench`: which measurements it does, and what it leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.figures import Figure
from bench.plan import Plan


def slow(_plan: Plan) -> Iterator[Figure]:
    """Yield a figure that misses its bar."""
    yield Figure("slow", [3.0], bar=2.0)


def broken(_plan: Plan) -> Iterator[Figure]:
    """Yield no figure."""
    yield Figure("broken", [1 / 0])


def of_plan(plan: Plan) -> Iterator[Figure]:
    """Yield two figures, one of them from the plan."""
    yield Figure("rounds", [plan.rounds])
    yield Figure("fast", [1.0], bar=2.0)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the path of the JSON of a bench with two measurements."""
    monkeypatch.setattr(bench, "MEASUREMENTS", {"slow": slow, "of-plan": of_plan})
    monkeypatch.setattr(bench, "REPORT", tmp_path / "build" / "bench.json")
    return tmp_path / "build" / "bench.json"


def test_a_miss_is_a_result_and_no_error(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table and JSON say so; the exit code is 0."""
    assert bench.main([]) == 0

    output = capsys.readouterr().out
    assert output.index("slow: 3.00; at most 2 MISSED") < output.index("| slow   | 3.00   |")
    figures = json.loads(report.read_text(encoding="utf-8"))["figures"]
    assert [(figure["title"], figure["verdict"]) for figure in figures] == [
        ("slow", "MISSED"),
        ("rounds", ""),
        ("fast", "within"),
    ]


def test_an_error_does_not_cost_the_figures_before_it(
    report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends the bench nevertheless."""
    monkeypatch.setitem(bench.MEASUREMENTS, "broken", broken)

    with pytest.raises(ZeroDivisionError):
        bench.main(["slow", "broken", "of-plan"])

    assert "| slow   |" in capsys.readouterr().out
    assert [figure["title"] for figure in json.loads(report.read_text(encoding="utf-8"))["figures"]] == [
        "slow"
    ]


def test_only_the_measurements_that_are_named_are_done(report: Path) -> None:
    bench.main(["of-plan"])

    figures = json.loads(report.read_text(encoding="utf-8"))["figures"]
    assert [figure["title"] for figure in figures] == ["rounds", "fast"]


@pytest.mark.usefixtures("report")
def test_an_unknown_measurement_is_refused_before_any_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(["slow", "sloow"])

    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert "sloow is none of slow, of-plan." in captured.err
    assert captured.out == ""
