"""Which refused files wait: under a rolling name each of them, under a dated one until a newer version can be read."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.operations import replay, summary
from chalicelib.people.report import queries
from chalicelib.settings import Settings
from chalicelib.warehouse.connection import Warehouse
from local.page.overview import COUNTS
from tests.support.pipeline import RAW, UNVERSIONED, Pipeline, csv_of, sale
from tests.support.removals import remove
from tests.support.sql_loads import TABLES, File, Loads, Sale

pytestmark = pytest.mark.engines("postgres", "redshift")

DATED, ROLLING = "leeds_25-08-2021.csv", "sales.csv"
WAITING = "select object_key from file_outcomes where status = 'refused' order by object_key"
UNREADABLE = b"no sales\n"


def refused(key: str, second: int, content: str = "gibberish") -> File:
    """Return a version that nobody can read."""
    return File(key, sales=(), second=second, reason="no_columns", content=content)


def good(key: str, second: int, minute: int = 0) -> File:
    """Return a version with a sale."""
    return File(key, (Sale(minute),), second)


def waiting(pipeline: Pipeline) -> list[str]:
    """Return the keys of the refused files that wait, by the view."""
    return [key for (key,) in pipeline.rows(WAITING)]


def replayed(**event: Any) -> None:
    """Replay everything."""
    assert replay.handle(event, seconds=600)["after"] == ""


def replace_all(pipeline: Pipeline) -> list[str]:
    """Load a refused and then a good version of a dated and of a rolling key; return the load requests of the first."""
    bodies = pipeline.request(**{DATED: UNREADABLE, ROLLING: UNREADABLE})
    pipeline.load(bodies)
    pipeline.run(**{DATED: csv_of(sale(1)), ROLLING: csv_of(sale(2))})
    return bodies


def test_a_refusal_waits_under_a_rolling_name_and_is_replaced_under_a_dated_one(loads: Loads) -> None:
    """The newer version of `sales.csv` may state other days, so the refused one stays in the raw bucket."""
    loads.load(refused(DATED, 1), refused(ROLLING, 1))
    assert loads.column(WAITING) == [DATED, ROLLING]

    assert loads.load(good(DATED, 2), good(ROLLING, 2, minute=1)) == ["loaded", "loaded"]

    assert loads.column(WAITING) == [ROLLING]


def test_a_refusal_that_arrives_after_the_newer_version_is_judged_alike(loads: Loads) -> None:
    loads.load(good(DATED, 2), good(ROLLING, 2, minute=1))

    assert loads.load(refused(DATED, 1), refused(ROLLING, 1)) == ["refused", "refused"]

    assert loads.column(WAITING) == [ROLLING]


def test_a_batch_with_both_versions_is_judged_alike(loads: Loads) -> None:
    loads.load(good(DATED, 2), refused(DATED, 1), good(ROLLING, 2, minute=1), refused(ROLLING, 1))

    assert loads.column(WAITING) == [ROLLING]


@pytest.mark.parametrize("key", [DATED, ROLLING])
def test_a_newer_refusal_waits_under_any_name(loads: Loads, key: str) -> None:
    loads.load(good(key, 1))
    loads.load(refused(key, 2))

    assert loads.column(WAITING) == [key]


def test_a_refused_content_that_is_uploaded_again_waits_again(loads: Loads) -> None:
    """It was replaced, and is the newest version now."""
    loads.load(refused(DATED, 1))
    loads.load(good(DATED, 2))

    assert loads.load(refused(DATED, 3)) == ["unchanged"]
    assert loads.column(WAITING) == [DATED]

    loads.load(good(DATED, 4, minute=1))
    assert loads.column(WAITING) == []


def test_an_old_delivery_of_a_replaced_refusal_changes_nothing(loads: Loads) -> None:
    for file in (refused(DATED, 1), good(DATED, 2), refused(ROLLING, 1), good(ROLLING, 2, minute=1)):
        loads.load(file)
    before = loads.everything()

    assert loads.load(refused(DATED, 1), refused(ROLLING, 1)) == ["unchanged", "unchanged"]

    assert loads.everything() == before


def test_everybody_is_told_of_the_same_files_and_these_are_in_the_raw_bucket(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view, the page, the report and the summary."""
    monkeypatch.setenv("SUMMARY_HOUR", "0")
    replace_all(pipeline)

    with closing(Warehouse.connect(pipeline.warehouse_url)) as warehouse:
        in_report = [file.object_key for file in queries.refused_files(warehouse)]
    assert waiting(pipeline) == in_report == pipeline.keys(RAW) == [ROLLING]
    assert pipeline.rows(COUNTS)[0][0] == 1
    assert summary.summarise(Settings.from_environment(), datetime.now(UTC).date())["files_to_correct"] == 1


def test_a_message_that_comes_again_does_not_bring_a_replaced_refusal_back(pipeline: Pipeline) -> None:
    bodies = replace_all(pipeline)

    assert pipeline.load(bodies) == []

    assert waiting(pipeline) == [ROLLING]


def test_a_refusal_that_waits_can_be_thrown_away(pipeline: Pipeline) -> None:
    replace_all(pipeline)

    remove("discard", object_key=ROLLING)

    assert waiting(pipeline) == pipeline.keys(RAW) == []


@pytest.mark.parametrize(("action", "remaining"), [("withdraw", [ROLLING]), ("erase", [])])
def test_a_removal_of_the_newer_version_brings_no_replaced_refusal_back(
    pipeline: Pipeline, action: str, remaining: list[str]
) -> None:
    """The bytes of the replaced one are deleted. An erasure takes all versions of a key."""
    bodies = replace_all(pipeline)

    for key in (DATED, ROLLING):
        remove(action, object_key=key)

    assert waiting(pipeline) == pipeline.keys(RAW) == remaining
    assert pipeline.load(bodies) == []
    assert waiting(pipeline) == remaining


@pytest.mark.parametrize("key", [DATED, ROLLING])
def test_a_refusal_waits_until_a_replay_can_read_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """A file that was too large was refused without its digest. A rolling one's sales then stand beside the others."""
    with monkeypatch.context() as limited:
        limited.setenv("MAX_FILE_BYTES", "10")
        pipeline.run(**{key: csv_of(("26/08/2021 09:00", *sale(3)[1:]))})
    if key == ROLLING:
        pipeline.run(**{key: csv_of(sale(2))})
    assert waiting(pipeline) == [key]

    replayed(source="raw")

    assert waiting(pipeline) == pipeline.keys(RAW) == []
    assert pipeline.count_sales() == (2 if key == ROLLING else 1)


@pytest.mark.parametrize("key", [DATED, ROLLING])
def test_a_file_that_is_refused_for_another_reason_today_waits_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    with monkeypatch.context() as limited:
        limited.setenv("MAX_FILE_BYTES", "5")
        pipeline.run(**{key: UNREADABLE})

    replayed(source="raw")

    assert waiting(pipeline) == pipeline.keys(RAW) == [key]
    assert pipeline.rows("select reason from file_outcomes") == [("unrecognised",)]


def test_a_rebuilt_warehouse_knows_the_refusals_that_wait(pipeline: Pipeline) -> None:
    """The archive has no copies of them, the raw bucket has their bytes."""
    replace_all(pipeline)
    for table in TABLES:
        pipeline.rows(f"delete from {table}")

    replayed()
    replayed(source="raw")

    assert waiting(pipeline) == [ROLLING]


def test_without_versions_a_lost_export_waits_until_it_is_thrown_away(unversioned: Pipeline) -> None:
    """The newer export has overwritten it: somebody has to ask for its sales."""
    for content in (UNREADABLE, csv_of(sale(1))):
        unversioned.load([unversioned.request_of(unversioned.put_unversioned(ROLLING, content))])
    assert waiting(unversioned) == [ROLLING]

    remove("discard", object_key=ROLLING)

    assert waiting(unversioned) == unversioned.keys(UNVERSIONED) == []
