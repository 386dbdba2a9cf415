"""The sweep as a whole: its steps are independent of one another, and its findings are counted."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import aws
from chalicelib.errors import AwsUnreachableError, RequestError
from chalicelib.operations import sweep as sweep_module
from tests.support.log_lines import metrics_in
from tests.support.pipeline import PROCESSED, Pipeline, csv_of, sale
from tests.support.sweeps import FOUR_DAYS, NOTHING, load_reingests, logged, now, parts, sweep, tags

pytestmark = pytest.mark.engines("postgres", "redshift")


def test_two_sweeps_in_a_row_do_nothing_twice(pipeline: Pipeline) -> None:
    """The files of the first sweep are loaded by the time of the second one."""
    pipeline.put("a", csv_of(sale(1)))
    pipeline.put("b", csv_of(sale(2)))
    assert sweep() == NOTHING | {"files_reingested": 2}
    load_reingests(pipeline)
    before = pipeline.everything()

    assert sweep() == NOTHING

    assert pipeline.everything() == before
    assert pipeline.reingests == []


def test_without_the_warehouse_parts_are_removed_and_nothing_is_reingested(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Any waiting file may be a refused one. The sweep does not fail: loads have an alarm for such an outage."""
    pipeline.put("a", csv_of(sale()))
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key="staged/old/files.csv.gz", Body=b"")
    monkeypatch.setenv("WAREHOUSE", "postgresql://nobody@127.0.0.1:1/none")

    assert sweep(now() + 2 * FOUR_DAYS) == {"parts_removed": 1, "postponed": ["reach the warehouse"]}

    assert parts(pipeline) == []
    assert (pipeline.reingests, tags(pipeline, "a")) == ([], {})
    assert [line["step"] for line in logged(caplog, "sweep_postponed")] == ["reach the warehouse"]


def test_a_sweep_that_cannot_reach_aws_fails(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else reports that: a subnet without a way out reaches neither the queue nor the bucket."""
    aws.client.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(ExceptionGroup) as failed:
        sweep()

    assert {type(exc) for exc in failed.value.exceptions} == {AwsUnreachableError}


def test_a_file_is_left_alone_while_a_request_waits_that_may_be_its(pipeline: Pipeline) -> None:
    """A request that fails again and again does so for 13 hours; after that it is not its file's any more."""
    pipeline.ingest(pipeline.put("a", csv_of(sale(1))))
    pipeline.put("b", csv_of(sale(2)))
    in_a_quarter, in_a_day = now() + timedelta(minutes=16), now() + timedelta(days=1)

    assert sweep(in_a_quarter, minutes=None)["files_reingested"] == 0
    assert sweep(in_a_day, minutes=None)["files_reingested"] == 2

    assert pipeline.load(pipeline.take()) == []
    pipeline.reingests.clear()
    assert sweep(in_a_quarter, minutes=None)["files_reingested"] == 1
    assert [record["s3"]["object"]["key"] for record in pipeline.reingests] == ["b"]


def test_without_the_queue_all_parts_stay_and_the_other_steps_are_done(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue says how long a request may wait for its parts."""
    pipeline.put("a", csv_of(sale()))
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key="staged/old/files.csv.gz", Body=b"")
    monkeypatch.setenv("LOAD_QUEUE", "no-queue")

    with pytest.raises(ExceptionGroup):
        sweep(now() + 2 * FOUR_DAYS)

    assert len(parts(pipeline)) == 1
    assert len(pipeline.reingests) == 1


def test_the_findings_are_counted_as_metrics_and_in_a_log_line(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.put("a", csv_of(sale()))
    caplog.set_level(logging.INFO, "cafe_etl")

    sweep()

    assert metrics_in(capsys.readouterr().out) == {
        "FilesStuck": 0,
        "StoresMissing": 0,
    }
    [line] = logged(caplog, "swept")
    figures = {
        "parts_removed": 0,
        "files_reingested": 1,
        "files_stuck": 0,
        "stores_missing": 0,
        "suspect_sales": 0,
    }
    assert figures.items() <= line.items()


def test_the_event_may_say_how_many_minutes_old_a_file_must_be(pipeline: Pipeline) -> None:
    """An empty event does not, so files that are uploaded now are left alone."""
    pipeline.put("a", csv_of(sale()))

    assert sweep_module.handle({}) == NOTHING
    assert sweep_module.handle({"minutes": 0}) == NOTHING | {"files_reingested": 1}


@pytest.mark.parametrize("minutes", [-1, "5", None, float("nan"), float("inf"), 1e300])
def test_minutes_that_make_no_sense_are_an_error(pipeline: Pipeline, minutes: Any) -> None:
    """The sweep does nothing then."""
    with pytest.raises(RequestError, match="minutes"):
        sweep_module.handle({"minutes": minutes})
