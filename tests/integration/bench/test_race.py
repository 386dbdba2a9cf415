"""The race with rivals: everybody loads the same, or the race ends."""

import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from bench.plan import RIVALS_PYTHON, Plan
from bench.rivals import race
from bench.rivals.ours import Staged, next_batch
from bench.rivals.race import CONTESTANTS, RaceError
from chalicelib.load.queue import MOST_RECORDS

LITTLE = Plan(
    stores=2, days=2, sales=40, race_rounds=2, rivals=("archived",), rivals_python=Path(sys.executable)
)
"""The archived pipeline's way needs nothing that our own environment lacks."""


def test_a_rival_that_loads_the_same_has_a_ratio_of_each_round() -> None:
    """The warm-up is none of them."""
    [in_turn, figure] = race.measure(replace(LITTLE, rivals=("in turn", "archived")))

    assert in_turn.title == "whole job: ours in one process, all ingests before the loads ÷ ours"
    assert (in_turn.bar, len(in_turn.values)) == (None, 2)
    assert figure.title == "whole job: the archived pipeline's way ÷ ours"
    assert (figure.bar, figure.bound) == (4.5, "at least")
    assert len(figure.values) == 2
    assert all(value > 0 for value in figure.values)


def test_a_rival_that_loads_something_else_ends_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may even be one penny."""
    archived = CONTESTANTS["archived"]
    query = archived.count_query.replace("sum(total)", "sum(total) + 0.01")
    monkeypatch.setitem(CONTESTANTS, "archived", archived._replace(count_query=query))

    with pytest.raises(RaceError, match=r"archived has loaded Loaded\(.*, but the files have Loaded\("):
        list(race.measure(LITTLE))


def test_a_rival_that_ends_early_ends_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it cannot even be imported."""
    monkeypatch.setitem(CONTESTANTS, "archived", CONTESTANTS["archived"]._replace(command=("nobody",)))

    with pytest.raises(RaceError, match="archived ended in the middle of its job"):
        list(race.measure(LITTLE))


def test_without_the_rivals_environment_a_sentence_says_how_to_make_it(tmp_path: Path) -> None:
    plan = Plan(stores=1, days=1, rivals=("dlt",), rivals_python=tmp_path / "python")

    with pytest.raises(RaceError, match=r"python is missing: run `make bench`, which installs"):
        list(race.measure(plan))


@pytest.mark.skipif(not RIVALS_PYTHON.exists(), reason="`make bench` installs dlt")
def test_dlt_loads_the_same_in_either_format() -> None:
    plan = Plan(stores=2, days=2, sales=40, race_rounds=1, rivals=("dlt", "dlt by COPY"))

    assert [(figure.title, figure.bar) for figure in race.measure(plan)] == [
        ("whole job: dlt as it comes ÷ ours", 8),
        ("whole job: dlt told to write CSV for COPY ÷ ours", None),
    ]


def test_a_batch_has_what_is_staged_and_is_never_more_than_full() -> None:
    waiting: SimpleQueue[Future[Staged]] = SimpleQueue()
    request: Any = None
    for _ in range(MOST_RECORDS + 1):
        staged: Future[Staged] = Future()
        staged.set_result(Staged(request, {}))
        waiting.put(staged)

    assert [len(next_batch(waiting)) for _ in range(2)] == [MOST_RECORDS, 1]
