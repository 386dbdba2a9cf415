"""A refused file can be thrown away: with all its refused versions, and with no other."""

from datetime import timedelta

import pytest

from chalicelib.errors import RequestError
from tests.support.pipeline import RAW, UNVERSIONED, Pipeline, csv_of, sale
from tests.support.removals import remove
from tests.support.sweeps import now, sweep

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY = "stock_list.csv"


def test_all_refused_versions_of_a_key_are_thrown_away(pipeline: Pipeline) -> None:
    """The same bytes may have been uploaded twice: the ledger has one row for both."""
    for content in (b"no sales\n", b"no sales\n", b"still none\n"):
        pipeline.run(**{KEY: content})

    answer = remove("discard", object_key=KEY)

    assert (len(answer["files"]), answer["raw_versions"]) == (2, 3)
    assert pipeline.keys(RAW) == []
    assert pipeline.rows("select distinct status from load_files") == [("discarded",)]


def test_a_version_that_waits_and_a_loaded_one_stay(pipeline: Pipeline) -> None:
    """Only what is refused goes; the sweep then sends what waits to ingest again."""
    pipeline.run(**{KEY: csv_of(sale(1))})
    pipeline.run(**{KEY: b"no sales\n"})
    waiting = pipeline.put(KEY, csv_of(sale(2)))["s3"]["object"]["versionId"]

    remove("discard", object_key=KEY)

    assert pipeline.versions(RAW) == [(KEY, waiting)]
    assert pipeline.rows("select status from load_files order by file_id") == [("loaded",), ("discarded",)]
    assert pipeline.count_sales() == 1
    assert sweep(now() + timedelta(hours=1))["files_reingested"] == 1


def test_a_discarded_file_does_not_come_back_by_redelivery(pipeline: Pipeline) -> None:
    bodies = pipeline.request(**{KEY: b"no sales\n"})
    pipeline.load(bodies)
    remove("discard", object_key=KEY)

    assert pipeline.load(bodies) == []
    assert pipeline.statuses() == {KEY: "discarded"}
    assert pipeline.keys(RAW) == []


def test_discarding_may_be_dry_and_repeated(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: b"no sales\n"})
    before = pipeline.everything(), pipeline.versions(RAW)

    assert remove("discard", object_key=KEY, dry_run=True)["raw_versions"] == 1
    assert (pipeline.everything(), pipeline.versions(RAW)) == before
    remove("discard", object_key=KEY)
    [file] = remove("discard", object_key=KEY)["files"]
    assert file["status"] == "discarded"


def test_a_bucket_without_versions_loses_a_refused_file(unversioned: Pipeline) -> None:
    unversioned.load([unversioned.request_of(unversioned.put_unversioned(KEY, b"no sales\n"))])

    remove("discard", object_key=KEY)

    assert unversioned.versions(UNVERSIONED) == []


def test_a_loaded_file_is_not_thrown_away(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: csv_of(sale(1))})

    with pytest.raises(
        RequestError, match=r"^stock_list\.csv has no refused version that could be thrown away\.$"
    ):
        remove("discard", object_key=KEY)
