"""A withdrawal takes the current versions of a key out; neither a redelivery nor a replay brings them back."""

from decimal import Decimal

import pytest

from chalicelib.errors import RequestError
from chalicelib.operations import replay
from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, sale
from tests.support.removals import copy_statuses, remove

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY = "leeds_25-08-2021_09-00-00.csv"
OTHER_KEY = "york_25-08-2021_09-00-00.csv"
FILE, OTHER_FILE = csv_of(sale(0), sale(1)), csv_of(sale(1), sale(2))


def test_the_sales_of_a_withdrawn_file_leave_and_those_of_other_files_stay(pipeline: Pipeline) -> None:
    """A sale that another current file states counts as that file's."""
    pipeline.run(**{OTHER_KEY: OTHER_FILE})
    pipeline.run(**{KEY: FILE})

    [file] = remove("withdraw", object_key=KEY)["files"]

    assert (file["status"], file["sales"], file["sales_of_other_files"]) == ("loaded", 2, 1)
    assert pipeline.rows("select count(*), sum(total_price) from transactions") == [(2, Decimal("4.90"))]
    assert pipeline.statuses() == {KEY: "withdrawn", OTHER_KEY: "loaded"}
    assert copy_statuses(pipeline) == {KEY: "withdrawn", OTHER_KEY: "loaded"}


def test_a_dry_run_of_a_withdrawal_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE})
    before, copies = pipeline.everything(), copy_statuses(pipeline)

    [file] = remove("withdraw", object_key=KEY, dry_run=True)["files"]

    assert (file["object_key"], file["status"]) == (KEY, "loaded")
    assert (pipeline.everything(), copy_statuses(pipeline)) == (before, copies)


def test_neither_redelivery_nor_replay_brings_a_withdrawn_file_back(pipeline: Pipeline) -> None:
    """A replay into an emptied warehouse writes its row of the ledger, and none of its sales."""
    bodies = pipeline.request(**{KEY: FILE})
    assert pipeline.load(bodies) == []
    remove("withdraw", object_key=KEY)

    assert pipeline.load(bodies) == []
    assert replay.handle({}, seconds=60)["files"][0]["outcome"] == "unchanged"
    copies = pipeline.keys(PROCESSED)
    for table in ("load_files", "stores", "customers"):
        pipeline.rows(f"delete from {table} where true")
    replay.handle({}, seconds=60)

    assert pipeline.count_sales() == 0
    assert pipeline.statuses() == {KEY: "withdrawn"}
    assert pipeline.keys(PROCESSED) == copies


def test_an_older_version_stays_superseded_when_the_newer_one_is_withdrawn(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE})
    pipeline.run(**{KEY: OTHER_FILE})

    remove("withdraw", object_key=KEY)

    assert pipeline.rows("select status from load_files order by file_id") == [
        ("superseded",),
        ("withdrawn",),
    ]
    assert pipeline.count_sales() == 0


def test_of_a_rolling_name_one_store_and_day_can_be_withdrawn(pipeline: Pipeline) -> None:
    """The version with the other day's sales stays."""
    pipeline.run(**{"sales.csv": FILE})
    next_day = FILE.replace(b"25/08/2021", b"26/08/2021")
    pipeline.run(**{"sales.csv": next_day})
    assert pipeline.count_sales() == 4

    with pytest.raises(RequestError, match=r"sales\.csv has no current version with these sales"):
        remove("withdraw", object_key="sales.csv", store="York", day="2021-08-25")
    answer = remove("withdraw", object_key="sales.csv", store="LEEDS", day="2021-08-25")

    assert len(answer["files"]) == 1
    assert pipeline.rows("select distinct cast(sold_at as date) = '2021-08-26' from transactions") == [
        (True,)
    ]


def test_a_raw_version_that_still_waits_is_deleted(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was loaded, but the load ended before it was deleted. A newer upload stays."""
    bodies = pipeline.request(**{KEY: FILE})
    with monkeypatch.context() as patches:
        patches.setattr("chalicelib.storage.raw.RawBucket.delete", lambda *_: None)
        pipeline.load(bodies)
    newer = pipeline.put(KEY, OTHER_FILE)["s3"]["object"]["versionId"]

    assert remove("withdraw", object_key=KEY)["raw_versions"] == 1
    assert pipeline.versions(RAW) == [(KEY, newer)]


def test_a_second_run_finishes_one_that_was_killed_after_its_commit(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.run(**{KEY: FILE})
    with monkeypatch.context() as patches:
        patches.setattr("chalicelib.storage.archive.Archive.set_status", None)
        with pytest.raises(TypeError):
            remove("withdraw", object_key=KEY)
    assert copy_statuses(pipeline) == {KEY: "loaded"}

    [file] = remove("withdraw", object_key=KEY)["files"]

    assert file["status"] == "withdrawn"
    assert copy_statuses(pipeline) == {KEY: "withdrawn"}


def test_a_key_that_nobody_knows_cannot_be_withdrawn(pipeline: Pipeline) -> None:
    with pytest.raises(
        RequestError, match=r"^unknown\.csv has no current version that could be withdrawn\.$"
    ):
        remove("withdraw", object_key="unknown.csv")
