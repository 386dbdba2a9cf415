"""The cleanup after a smoke test reports the figures of its file, and removes it and nothing else."""

from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations import smoke_cleanup
from chalicelib.storage.archive import Archive
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY = "smoke_test_25-08-2021_09-00-00.csv"
TRIAL = csv_of(
    sale(0, store="Smoke test", basket="Smoke test - 1.25, Regular Smoke test - 2.00", total="3.25"),
    sale(1, store="Smoke test", basket="Smoke test - 1.25", total="1.25"),
    sale(2, store="Smoke test", basket="Smoke test - 1.25", total="9.99"),
)
FIGURES = {"files": 1, "sales": 2, "items": 3, "total": "4.50", "prices": "4.50"}
NOTHING = {"files": 0, "sales": 0, "items": 0, "total": "0", "prices": "0"}


def clean_up(key: str = KEY, **more: Any) -> dict[str, Any]:
    """Call `smoke_cleanup` for a file."""
    return smoke_cleanup.handle({"object_key": key, **more})


def test_a_cleanup_removes_the_rows_and_copies_of_a_smoke_test_only(pipeline: Pipeline) -> None:
    """Sales of stores stay as they are, down to their ids."""
    pipeline.run(**{"leeds_25-08-2021_09-00-00.csv": csv_of(sale(0), sale(1))})
    before, copies = pipeline.everything(), sorted(pipeline.keys(PROCESSED))
    pipeline.run(**{KEY: TRIAL})

    assert clean_up() == FIGURES
    assert pipeline.everything() == before
    assert sorted(pipeline.keys(PROCESSED)) == copies


def test_a_dry_run_reports_the_figures_and_removes_nothing(pipeline: Pipeline) -> None:
    """A smoke test repeats it until its figures have arrived."""
    assert clean_up(dry_run=True) == NOTHING
    pipeline.run(**{KEY: TRIAL})
    before = pipeline.everything()

    assert clean_up(dry_run=True) == clean_up(dry_run=True) == FIGURES
    assert pipeline.everything() == before


def test_a_cleanup_may_be_repeated(pipeline: Pipeline) -> None:
    """Afterwards, the same file may come again."""
    pipeline.run(**{KEY: TRIAL})
    clean_up()

    assert clean_up() == NOTHING
    pipeline.run(**{KEY: TRIAL})
    assert clean_up() == FIGURES


def test_a_cleanup_leaves_the_file_of_another_smoke_test(pipeline: Pipeline) -> None:
    """Releases of two stages may overlap in one warehouse."""
    key_of_another = "smoke_test_26-08-2021_09-00-00.csv"
    pipeline.run(**{KEY: TRIAL, key_of_another: csv_of(sale(5, store="Smoke test", name="Another"))})

    clean_up()

    assert pipeline.rows("select store_name from stores") == [("Smoke test",)]
    assert clean_up(key_of_another, dry_run=True)["sales"] == 1


@pytest.mark.parametrize(
    "key",
    ["leeds_25-08-2021_09-00-00.csv", "smoke_test_.csv", "smoke_test_%.csv", "a/smoke_test_1.csv", "", 7],
)
def test_only_the_file_of_a_smoke_test_can_be_removed(pipeline: Pipeline, key: Any) -> None:
    """A store's figures are corrected by a corrected file, and in no other way."""
    with pytest.raises(RequestError, match="Only the file of a smoke test"):
        clean_up(key)


def test_all_smoke_tests_are_removed_at_once_and_no_file_of_a_store(pipeline: Pipeline) -> None:
    """A store's file stays, even if its name begins as theirs do, or is in a folder."""
    stores = {"smoke_test_leeds.csv": csv_of(sale(0)), "york/" + KEY: csv_of(sale(1, store="York"))}
    for key, content in stores.items():
        pipeline.run(**{key: content})
    before, copies = pipeline.everything(), sorted(pipeline.keys(PROCESSED))
    another = "smoke_test_26-08-2021_09-00-00.csv"
    pipeline.run(**{KEY: TRIAL, another: csv_of(sale(5, store="Smoke test", name="Another"))})

    assert clean_up("smoke_test_*", dry_run=True) == {"object_keys": [KEY, another]}
    assert clean_up("smoke_test_*") == {"object_keys": [KEY, another]}
    assert clean_up("smoke_test_*") == {"object_keys": []}
    assert pipeline.everything() == before
    assert sorted(pipeline.keys(PROCESSED)) == copies


def test_a_copy_without_rows_is_removed_too(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cleanup deletes the rows first; one that ended there has left the copy."""
    pipeline.run(**{KEY: TRIAL})

    def end(_archive: Archive, _key: str) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "delete", end)
        with pytest.raises(TimeoutError):
            clean_up()

    assert clean_up(dry_run=True) == NOTHING
    assert clean_up("smoke_test_*") == {"object_keys": [KEY]}
    assert pipeline.keys(PROCESSED) == []
