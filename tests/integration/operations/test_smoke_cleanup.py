"""A smoke test's file is told of and taken out again, and nothing else with it."""

from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations import replay
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale

KEY = "smoke_test_25-08-2021_09-00-00.csv"
TRIAL = csv_of(
    sale(0, store="Smoke test", basket="Smoke test - 1.25, Regular Smoke test - 2.00", total="3.25"),
    sale(1, store="Smoke test", basket="Smoke test - 1.25", total="1.25"),
    sale(2, store="Smoke test", basket="Smoke test - 1.25", total="9.99"),
)
FIGURES = {"files": 1, "sales": 2, "items": 3, "total": "4.50", "prices": "4.50"}
NOTHING = {"files": 0, "sales": 0, "items": 0, "total": "0", "prices": "0"}


def clean_up(key: str = KEY, **more: Any) -> dict[str, Any]:
    """Ask the function."""
    return replay.handle({"smoke_cleanup": key, **more}, seconds=60)


def test_a_smoke_test_leaves_nothing_behind(pipeline: Pipeline) -> None:
    """Neither rows nor copies; what others loaded before and meanwhile stays, to the last number."""
    pipeline.run(**{"leeds_25-08-2021_09-00-00.csv": csv_of(sale(0), sale(1))})
    before, copies = pipeline.everything(), sorted(pipeline.keys(PROCESSED))
    pipeline.run(**{KEY: TRIAL})

    assert clean_up() == FIGURES
    assert pipeline.everything() == before
    assert sorted(pipeline.keys(PROCESSED)) == copies


def test_a_dry_run_tells_the_figures_and_takes_nothing_out(pipeline: Pipeline) -> None:
    """It may be asked again and again until they are there."""
    assert clean_up(dry_run=True) == NOTHING
    pipeline.run(**{KEY: TRIAL})
    before = pipeline.everything()

    assert clean_up(dry_run=True) == clean_up(dry_run=True) == FIGURES
    assert pipeline.everything() == before


def test_a_cleanup_may_be_repeated(pipeline: Pipeline) -> None:
    """And the same file may come again."""
    pipeline.run(**{KEY: TRIAL})
    clean_up()

    assert clean_up() == NOTHING
    pipeline.run(**{KEY: TRIAL})
    assert clean_up() == FIGURES


def test_of_two_smoke_tests_each_has_its_own(pipeline: Pipeline) -> None:
    """Two stages' releases may overlap in one warehouse."""
    other = "smoke_test_26-08-2021_09-00-00.csv"
    pipeline.run(**{KEY: TRIAL, other: csv_of(sale(5, store="Smoke test", name="Another"))})

    clean_up()

    assert pipeline.rows("select store_name from stores") == [("Smoke test",)]
    assert clean_up(other, dry_run=True)["sales"] == 1


@pytest.mark.parametrize(
    "key",
    ["leeds_25-08-2021_09-00-00.csv", "smoke_test_.csv", "smoke_test_%.csv", "a/smoke_test_1.csv", "", 7],
)
def test_no_other_file_can_be_taken_out(pipeline: Pipeline, key: Any) -> None:
    """Stores' figures are corrected by a corrected file, and by nothing else."""
    with pytest.raises(RequestError, match="Only the file of a smoke test"):
        clean_up(key)
