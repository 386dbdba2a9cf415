"""The sweep reingests files, removes parts, names missing stores, counts suspect sales, and reports news to people."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import RequestError, UnreachableError
from chalicelib.operations import sweep as sweep_module
from chalicelib.operations.reingests import TAG, Reingests
from chalicelib.operations.retention import longest_wait
from chalicelib.settings import Settings
from chalicelib.storage.raw import RawBucket
from tests.support.pipeline import INGEST, NOTICES, PROCESSED, QUEUE, RAW, Pipeline, csv_of, part_of, sale
from tests.support.sql_loads import MIDNIGHT, File, Item, Loads, Sale

LATER = timedelta(minutes=16)
NOTHING = {
    "parts_removed": 0,
    "files_reingested": 0,
    "files_stuck": [],
    "stores_missing": [],
    "suspect_sales": 0,
}
FOUR_DAYS = timedelta(days=4)
"""The time for which SQS keeps a message by default."""

DEAD = f"{QUEUE}-dead"
NOON = datetime(2021, 8, 27, 12)  # noqa: DTZ001 - in UTC, as all times of the ledger
CHEAPER = (Item(price=Item().price - 1),)


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def sweep(at: datetime | None = None, minutes: float = 15) -> dict[str, Any]:
    """Sweep as of a time; by default as of one at which files that are uploaded now are old enough."""
    return sweep_module.sweep(Settings.from_environment(), now=at or now() + LATER, minutes=minutes)


def notices(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return subject and text of the notices since the last call."""
    sent = [json.loads(body) for body in pipeline.take(NOTICES)]
    return [(notice["Subject"], notice["Message"]) for notice in sent]


def tags(pipeline: Pipeline, key: str) -> dict[str, str]:
    """Return the tags of the newest version of a raw object."""
    tag_set = pipeline.clients.s3.get_object_tagging(Bucket=RAW, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in tag_set}


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """Return the application's log lines of an event."""
    lines = [json.loads(record.message) for record in caplog.records if record.name == "cafe_etl"]
    return [line for line in lines if line["event"] == event]


def load_reingests(pipeline: Pipeline) -> None:
    """Ingest and load the files that the sweep has sent to ingest again."""
    pipeline.ingest(*pipeline.reingests)
    pipeline.reingests.clear()
    assert pipeline.load(pipeline.take()) == []


# Raw objects


def test_a_file_whose_event_was_lost_is_reingested(pipeline: Pipeline) -> None:
    """It is loaded once, and nothing is left for the next sweep."""
    pipeline.put("a", csv_of(sale()))

    assert sweep() == NOTHING | {"files_reingested": 1}

    load_reingests(pipeline)
    assert pipeline.statuses() == {"a": "loaded"}
    assert pipeline.keys(RAW) == []
    assert sweep() == NOTHING
    assert notices(pipeline) == [("Cafe ETL: 1 loaded", "a: loaded: 1 sale, 2.45 pounds")]


def test_a_young_file_is_left_alone(pipeline: Pipeline) -> None:
    """Its event may still be on its way."""
    pipeline.put("a", csv_of(sale()))

    assert sweep(now()) == NOTHING
    assert sweep(now(), minutes=0) == NOTHING | {"files_reingested": 1}


def test_every_version_is_reingested_as_that_version(pipeline: Pipeline) -> None:
    """Its key may have any characters, and there may be a newer version."""
    records = [pipeline.put("é +.csv", csv_of(sale(minute))) for minute in (1, 2)]

    assert sweep() == NOTHING | {"files_reingested": 2}

    sent = {record["s3"]["object"]["versionId"] for record in pipeline.reingests}
    assert sent == {record["s3"]["object"]["versionId"] for record in records}
    load_reingests(pipeline)
    assert pipeline.keys(RAW) == []
    assert pipeline.rows("select sold_at::text from transactions") == [("2021-08-25 09:02:00",)]


def test_a_deleted_object_and_a_folder_are_not_reingested(pipeline: Pipeline) -> None:
    """A console creates folders as empty objects, which ingest skips."""
    pipeline.put("2021/", b"")
    record = pipeline.put("gone", b"")
    version = record["s3"]["object"]["versionId"]
    pipeline.clients.s3.delete_object(Bucket=RAW, Key="gone")
    pipeline.clients.s3.delete_object(Bucket=RAW, Key="gone", VersionId=version)

    assert sweep() == NOTHING


def test_a_refused_file_is_left_alone(pipeline: Pipeline) -> None:
    """It waits for a correction. Of two uploads with the same content, the ledger has the newer version only."""
    pipeline.run(a=b"no sales\n")
    pipeline.run(a=b"no sales\n")
    assert len(pipeline.keys(RAW)) == 2

    assert sweep() == NOTHING


def test_a_file_that_is_uploaded_after_a_refused_one_is_reingested(pipeline: Pipeline) -> None:
    """So are the same bytes: today's release may be able to read them."""
    pipeline.run(a=b"no sales\n", b=b"no sales\n")
    time.sleep(1.1)
    pipeline.put("a", csv_of(sale()))
    newer = pipeline.put("b", b"no sales\n")

    assert sweep() == NOTHING | {"files_reingested": 2}

    assert newer["s3"]["object"]["versionId"] in {
        record["s3"]["object"]["versionId"] for record in pipeline.reingests
    }
    load_reingests(pipeline)
    assert sweep() == NOTHING


def test_a_committed_file_that_could_not_be_archived_is_archived(pipeline: Pipeline) -> None:
    """Its parts and message are gone. The warehouse does not change, be it loaded or a duplicate."""
    pipeline.run(original=csv_of(sale(1)))
    bodies = pipeline.request(a=csv_of(sale(2)), copy=csv_of(sale(1)))
    for body in bodies:
        pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=part_of(body, "archive"))
    pipeline.load(bodies)
    pipeline.reingests.clear()
    before = pipeline.everything()
    assert pipeline.statuses() == {"original": "loaded", "a": "loaded", "copy": "duplicate"}

    assert sweep() == NOTHING | {"files_reingested": 2}

    load_reingests(pipeline)
    assert pipeline.keys(RAW) == []
    assert [key.split("/")[0] for key in pipeline.keys(PROCESSED)] == ["archive"] * 3
    assert pipeline.everything() == before


def test_a_file_is_reported_as_stuck_after_three_tries(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """One notice names it, and every later report and log line. It is not sent to ingest any more."""
    pipeline.put("stuck.csv", csv_of(sale()))
    caplog.set_level(logging.INFO, "cafe_etl")

    assert [sweep() for _ in range(3)] == [NOTHING | {"files_reingested": 1}] * 3
    assert notices(pipeline) == []
    pipeline.reingests.clear()

    assert [sweep() for _ in range(2)] == [NOTHING | {"files_stuck": ["stuck.csv"]}] * 2
    assert pipeline.reingests == []
    [(subject, text)] = notices(pipeline)
    assert subject == "Cafe ETL: 1 file stuck, 0 stores missing"
    assert text.startswith("stuck.csv: stuck: uploaded ")
    assert [line["object_key"] for line in logged(caplog, "file_stuck")] == ["stuck.csv"] * 2


def test_a_stuck_file_is_reported_by_the_next_sweep_if_the_notice_was_not_sent(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.put("stuck.csv", csv_of(sale()))
    for _ in range(3):
        sweep()
    with monkeypatch.context() as patch:
        patch.setenv("NOTICE_TOPIC", "arn:aws:sns:eu-west-1:123456789012:no-topic")
        sweep()
    assert notices(pipeline) == []

    sweep()
    sweep()

    assert len(notices(pipeline)) == 1


def test_a_new_upload_under_a_stuck_files_key_has_three_tries_of_its_own(pipeline: Pipeline) -> None:
    """Tries are counted in a tag of each version. When the new one is loaded, both are deleted."""
    pipeline.put("a", csv_of(sale(1)))
    for _ in range(4):
        sweep()
    pipeline.reingests.clear()
    newer = pipeline.put("a", csv_of(sale(2)))

    assert sweep() == NOTHING | {"files_reingested": 1, "files_stuck": ["a"]}

    assert [record["s3"]["object"]["versionId"] for record in pipeline.reingests] == [
        newer["s3"]["object"]["versionId"]
    ]
    load_reingests(pipeline)
    assert sweep() == NOTHING


def test_other_tags_of_an_object_are_kept(pipeline: Pipeline) -> None:
    """S3 replaces all tags of an object at once."""
    pipeline.put("a", csv_of(sale()))
    tagging: Any = {"TagSet": [{"Key": "owner", "Value": "head office"}]}
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=tagging)

    sweep()

    assert tags(pipeline, "a") == {"owner": "head office", TAG: "1"}


def test_a_file_that_cannot_be_reingested_does_not_stop_the_others(pipeline: Pipeline) -> None:
    """The tag of its tries is spoiled. The sweep fails because of it, but only after all its other work."""
    pipeline.put("a", csv_of(sale(1)))
    spoiled: Any = {"TagSet": [{"Key": TAG, "Value": "many"}]}
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=spoiled)
    pipeline.put("b", csv_of(sale(2)))

    with pytest.raises(ExceptionGroup, match="Not all of the sweep could be done"):
        sweep()

    assert [record["s3"]["object"]["key"] for record in pipeline.reingests] == ["b"]


def test_a_try_is_counted_before_it_is_made(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that ends in between must not try forever."""
    pipeline.put("a", csv_of(sale()))
    monkeypatch.setenv("INGEST_FUNCTION", f"{INGEST}-gone")

    with pytest.raises(ExceptionGroup):
        sweep()

    assert tags(pipeline, "a") == {TAG: "1"}


def test_a_file_that_is_loaded_during_the_sweep_is_no_failure(pipeline: Pipeline) -> None:
    """The sweep has listed it, and then finds it gone."""
    gone = pipeline.put("a", csv_of(sale()))["s3"]["object"]["versionId"]
    s3 = pipeline.clients.s3
    [version] = RawBucket(s3, RAW).versions()
    s3.delete_object(Bucket=RAW, Key="a", VersionId=gone)
    reingests = Reingests(s3, RAW, INGEST)

    assert reingests.send(version) is None
    reingests.note_reported(version)
    assert pipeline.reingests == []


def test_a_bucket_without_versions_is_swept_in_the_same_way(unversioned: Pipeline) -> None:
    """Refused files are recognised by eTag and time. A new upload replaces the object's tags."""
    unversioned.ingest(unversioned.put_unversioned("refused", b"no sales\n"))
    unversioned.load(unversioned.take())
    unversioned.put_unversioned("a", csv_of(sale(1)))
    unversioned.put_unversioned("stuck", csv_of(sale(2)))

    assert sweep() == NOTHING | {"files_reingested": 2}
    unversioned.put_unversioned("a", csv_of(sale(3)))
    assert [sweep() for _ in range(2)] == [NOTHING | {"files_reingested": 2}] * 2
    assert sweep() == NOTHING | {"files_reingested": 1, "files_stuck": ["stuck"]}

    load_reingests(unversioned)
    assert sweep() == NOTHING
    unversioned.put_unversioned("refused", csv_of(sale(4)))
    assert sweep() == NOTHING | {"files_reingested": 1}


# Staged parts


def parts(pipeline: Pipeline) -> list[str]:
    """Return the keys of all staged parts."""
    return [key for key in pipeline.keys(PROCESSED) if key.startswith("staged/")]


def test_parts_are_kept_for_as_long_as_a_request_may_wait_on_the_queue(pipeline: Pipeline) -> None:
    """The queue of this test has no dead-letter queue, so its own retention counts alone."""
    pipeline.request(a=csv_of(sale()))
    archived = "archive/a/0.csv.gz"
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=archived, Body=b"")
    pipeline.clients.s3.delete_object(Bucket=RAW, Key="a", VersionId=pipeline.versions(RAW)[0][1])
    assert len(parts(pipeline)) == 4

    assert sweep(now() + FOUR_DAYS - LATER) == NOTHING
    assert sweep(now() + FOUR_DAYS + LATER) == NOTHING | {"parts_removed": 4}
    assert pipeline.keys(PROCESSED) == [archived]


@pytest.fixture
def dead_letters(pipeline: Pipeline) -> Iterator[str]:
    """Return the URL of a dead-letter queue of the load queue."""
    sqs = pipeline.clients.sqs
    url = sqs.create_queue(QueueName=DEAD, Attributes={"MessageRetentionPeriod": "86400"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    load = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=load, Attributes={"RedrivePolicy": policy})
    yield url
    sqs.delete_queue(QueueUrl=load)
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName=QUEUE)


def test_a_request_may_wait_among_the_dead_letters_after_it_waited_on_the_queue(
    pipeline: Pipeline, dead_letters: str
) -> None:
    """The queue keeps a message for four days, and the dead-letter queue for one."""
    assert longest_wait(QUEUE) == FOUR_DAYS + timedelta(days=1)


# Stores


def send(loads: Loads, store: str, *days: float, at: float = 9, refused: bool = False) -> None:
    """Load files of a store: one on each day, counted back from the day of `NOON`, at an hour of the day."""
    # Day 1 at 9: 09:00 on the day before NOON's, in seconds from MIDNIGHT, as File counts them
    midnight = datetime.combine(NOON, datetime.min.time())
    for day in days:
        second = int((midnight - timedelta(days=day, hours=-at) - MIDNIGHT).total_seconds())
        sales = () if refused else (Sale(store=store, customer=f"{store} {day} {at}"),)
        loads.load(File(f"{store} {day} {at}", sales, second, reason="unrecognised" if refused else ""))


@pytest.fixture
def sent(pipeline: Pipeline, loads: Loads) -> Loads:
    """Return loads into the warehouse that the sweep asks."""
    return loads


def missing(at: datetime = NOON) -> list[str]:
    """Return the stores that a sweep names as missing."""
    stores: list[str] = sweep(at)["stores_missing"]
    return stores


def test_a_store_that_sends_on_most_days_but_not_today_is_missing(sent: Loads) -> None:
    """The days need not follow one another."""
    send(sent, "Leeds", 1, 3, 5, 7)
    send(sent, "York", 1, 2, 3, 4, 5, 6, 7)

    assert missing() == ["Leeds", "York"]


def test_a_store_that_sends_seldom_is_not_missing(sent: Loads) -> None:
    """Three days of seven are seldom. A second file on a day, or one of eight days ago, does not count."""
    send(sent, "Leeds", 1, 2, 3, 8)
    send(sent, "Leeds", 1, 2, 3, at=10)

    assert missing() == []


def test_a_store_that_has_sent_today_is_not_missing(sent: Loads) -> None:
    """A duplicate counts, too."""
    send(sent, "Leeds", 0, 1, 2, 3, 4)
    send(sent, "York", 1, 2, 3, 4)
    sent.load(File("copy", (Sale(store="York", customer="York 1 9"),), 86400 + 9 * 3600))
    assert sent.column("select status from load_files where object_key = 'copy'") == ["duplicate"]

    assert missing() == []


def test_a_refused_file_does_not_count_as_sent(sent: Loads) -> None:
    """Nobody can tell which store it belongs to."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 0, refused=True)

    assert missing() == ["Leeds"]


def test_refused_files_do_not_make_a_store_without_a_name(sent: Loads) -> None:
    send(sent, "Leeds", 1, 2, 3, 4, refused=True)

    assert missing() == []


def test_a_store_is_missing_an_hour_after_the_latest_of_its_usual_times(sent: Loads) -> None:
    """Only the first file of each day counts: later ones are corrections."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 5, at=9.5)
    send(sent, "Leeds", 1, at=20)

    assert missing(NOON.replace(hour=10, minute=30)) == []
    assert missing(NOON.replace(hour=10, minute=31)) == ["Leeds"]


def test_a_file_from_after_the_time_of_the_sweep_does_not_count(sent: Loads) -> None:
    """Such a file may exist where clocks differ."""
    send(sent, "Leeds", 1, 2, 3, 4)
    send(sent, "Leeds", 0, at=13)

    assert missing() == ["Leeds"]


def test_one_notice_reports_a_missing_store(
    pipeline: Pipeline, sent: Loads, caplog: pytest.LogCaptureFixture
) -> None:
    """The first sweep after its usual time sends it. Reports and log lines go on until the store sends a file."""
    send(sent, "Leeds", 1, 2, 3, 4)
    times = [NOON.replace(hour=10) + timedelta(minutes=minute) for minute in (-8, 7, 22)]

    assert [missing(at) for at in times] == [[], ["Leeds"], ["Leeds"]]

    assert [line["store_name"] for line in logged(caplog, "store_missing")] == ["Leeds"] * 2
    assert notices(pipeline) == [
        (
            "Cafe ETL: 0 files stuck, 1 store missing",
            "Leeds: missing: no file has come today; on the days before it came by 09:00 UTC",
        )
    ]


def test_a_sweep_that_runs_less_often_reports_a_missing_store_once_too(
    pipeline: Pipeline, sent: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reports the stores whose usual time has passed since the last sweep."""
    monkeypatch.setenv("SWEEP_MINUTES", "60")
    send(sent, "Leeds", 1, 2, 3, 4)

    for minute in (-8, 52, 112):
        missing(NOON.replace(hour=10) + timedelta(minutes=minute))

    assert len(notices(pipeline)) == 1


# Suspect sales


def suspects(loads: Loads) -> list[tuple[Any, ...]]:
    """Return key, time and total of the suspect sales."""
    return loads.rows(
        "select object_key, sold_in_minute::text, total_price::text from suspect_sales order by transaction_id"
    )


def test_sales_that_two_files_state_differently_are_suspect(sent: Loads) -> None:
    """Customer, store and minute are the same. Both sales stay, and the view has a row for each."""
    sent.load(File("a", (Sale(), Sale(5))))
    sent.load(File("b", (Sale(items=CHEAPER), Sale(6))))

    assert suspects(sent) == [("a", "2021-08-25 09:00:00", "2.45"), ("b", "2021-08-25 09:00:00", "1.45")]
    assert sweep()["suspect_sales"] == 2


def test_sales_of_one_file_are_not_suspect(sent: Loads) -> None:
    """Nor are those of two files that differ in customer, store or minute, or in nothing."""
    both = (Sale(), Sale(items=CHEAPER))
    sent.load(File("a", both))
    sent.load(File("b", (Sale(customer="bob"), Sale(store="York"), Sale(1, items=CHEAPER))))
    sent.load(File("c", (*both, Sale(7))))

    assert suspects(sent) == []


def test_a_correction_that_drops_a_suspect_sale_clears_the_other_one(sent: Loads) -> None:
    """Only current files count."""
    sent.load(File("a", (Sale(),)))
    sent.load(File("b", (Sale(items=CHEAPER),)))
    assert len(suspects(sent)) == 2

    sent.load(File("b", (Sale(1),), 1))

    assert suspects(sent) == []


# The sweep as a whole


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
    """Any waiting file may be a refused one. The sweep fails in the end, so that its alarm goes off."""
    pipeline.put("a", csv_of(sale()))
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key="staged/old/files.csv.gz", Body=b"")
    monkeypatch.setenv("WAREHOUSE", "postgresql://nobody@127.0.0.1:1/none")

    with pytest.raises(ExceptionGroup) as failed:
        sweep(now() + 2 * FOUR_DAYS)

    assert [type(exc) for exc in failed.value.exceptions] == [UnreachableError]
    assert parts(pipeline) == []
    assert (pipeline.reingests, tags(pipeline, "a")) == ([], {})
    assert [line["step"] for line in logged(caplog, "sweep_failed")] == ["reach the warehouse"]


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
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.put("a", csv_of(sale()))
    caplog.set_level(logging.INFO, "cafe_etl")
    cloudwatch = pipeline.clients.any("cloudwatch")

    sweep()

    names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="CafeEtl")["Metrics"]}
    assert {"FilesReingested", "FilesStuck", "PartsRemoved", "StoresMissing", "SuspectSales"} <= names
    [line] = logged(caplog, "swept")
    assert line == {
        "event": "swept",
        "parts_removed": 0,
        "files_reingested": 1,
        "files_stuck": 0,
        "stores_missing": 0,
        "suspect_sales": 0,
    }


def test_the_event_may_say_how_many_minutes_old_a_file_must_be(pipeline: Pipeline) -> None:
    """The schedule's event does not, so files that are uploaded now are left alone."""
    pipeline.put("a", csv_of(sale()))

    assert sweep_module.handle({"detail-type": "Scheduled Event"}) == NOTHING
    assert sweep_module.handle({"minutes": 0}) == NOTHING | {"files_reingested": 1}


@pytest.mark.parametrize("minutes", [-1, "5", None])
def test_minutes_that_make_no_sense_are_an_error(pipeline: Pipeline, minutes: Any) -> None:
    """The sweep does nothing then."""
    with pytest.raises(RequestError, match="minutes"):
        sweep_module.handle({"minutes": minutes})
