"""A sweep of the schedule reads tags, and enters the warehouse only for what they do not say, or once a day."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.operations import sweep as sweep_module
from chalicelib.operations.retention import LONG_PATIENCE
from chalicelib.operations.sweep import sweep
from chalicelib.settings import Settings
from chalicelib.storage import raw_tags
from chalicelib.storage.raw import RawBucket
from tests.support.pipeline import RAW, STORES, UNVERSIONED, Pipeline, csv_of, sale
from tests.support.sql_loads import Loads
from tests.support.sweeps import LATER, load_reingests, logged, notices, now, tags

pytestmark = pytest.mark.engines("postgres", "redshift")

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
QUIET: dict[str, Any] = {"parts_removed": 0, "files_reingested": 0, "files_stuck": []}
"""The findings of a sweep that did not ask the warehouse, and found nothing."""

CHECKED = {"stores_missing": [], "suspect_sales": 0}
"""What the daily check adds."""


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of tomorrow's: files that are uploaded now are old enough then."""
    return (now() + timedelta(days=1)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def quiet(moment: datetime) -> datetime:
    """Return a time at which no check is due, an hour later at most."""
    is_due = moment.hour == Settings.from_environment().summary_hour
    return moment + timedelta(hours=1) if is_due else moment


def scheduled(moment: datetime | None = None) -> dict[str, Any]:
    """Sweep as the schedule does, by default soon after the files of the test came, when no check is due."""
    return sweep(Settings.from_environment(), now=moment or quiet(now() + LATER), is_scheduled=True)


def fall_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every function that enters the warehouse fail from now on."""
    monkeypatch.setenv("WAREHOUSE", NOWHERE)


def test_a_refused_file_is_tagged_and_needs_no_warehouse(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two uploads with the same content each has its tag."""
    pipeline.run(a=b"no sales\n")
    pipeline.run(a=b"no sales\n", b=b"nor here\n")
    fall_asleep(monkeypatch)

    assert scheduled() == QUIET


def test_without_versions_a_refused_file_is_tagged_too(
    unversioned: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    unversioned.ingest(unversioned.put_unversioned("a", b"no sales\n"))
    unversioned.load(unversioned.take())
    fall_asleep(monkeypatch)

    assert scheduled() == QUIET


def test_a_loaded_file_needs_no_warehouse_either(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run(a=csv_of(sale()))
    fall_asleep(monkeypatch)

    assert scheduled() == QUIET


def test_the_schedules_own_event_asks_for_such_a_sweep(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever else calls the sweep gets all findings, whatever the time."""
    monkeypatch.setenv("SUMMARY_HOUR", str((now() + timedelta(hours=12)).hour))

    assert sweep_module.handle({"detail-type": "Scheduled Event"}) == QUIET
    assert sweep_module.handle({}) == QUIET | CHECKED


def test_a_file_whose_event_was_lost_is_found_by_its_missing_tag(pipeline: Pipeline) -> None:
    """The warehouse is entered until it is loaded."""
    pipeline.put("a", csv_of(sale()))

    assert scheduled() == QUIET | {"files_reingested": 1}

    load_reingests(pipeline)
    assert pipeline.statuses() == {"a": "loaded"}


def test_without_the_warehouse_a_file_without_a_tag_costs_no_try(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be refused."""
    pipeline.put("a", csv_of(sale()))
    fall_asleep(monkeypatch)

    assert scheduled() == {"parts_removed": 0, "postponed": ["reach the warehouse"]}

    assert (pipeline.reingests, tags(pipeline, "a")) == ([], {})


def test_a_load_that_ends_between_commit_and_tag_is_made_good(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its message, which comes again; and if that is lost, by the sweep, which needs the warehouse once."""
    bodies = pipeline.request(a=b"no sales\n", b=b"nor here\n")
    with monkeypatch.context() as patch:
        patch.setattr(raw_tags.RawTags, "write", _killed)
        assert pipeline.load(bodies) == [0, 1]
    assert pipeline.statuses() == {"a": "refused", "b": "refused"}
    assert (tags(pipeline, "a"), tags(pipeline, "b")) == ({}, {})

    assert pipeline.load(bodies[:1]) == []
    assert (list(tags(pipeline, "a")), tags(pipeline, "b")) == ([raw_tags.REFUSED_TAG], {})

    assert scheduled() == QUIET
    assert list(tags(pipeline, "b")) == [raw_tags.REFUSED_TAG]
    fall_asleep(monkeypatch)
    assert scheduled() == QUIET
    assert pipeline.reingests == []


def _killed(*_: object) -> None:
    raise MemoryError


def test_a_tag_is_written_once(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another delivery of the request finds it."""
    bodies = pipeline.request(a=b"no sales\n")
    pipeline.load(bodies)
    before = tags(pipeline, "a")
    monkeypatch.setattr(raw_tags.RawTags, "write", _killed)

    assert pipeline.load(bodies) == []
    assert tags(pipeline, "a") == before


def test_a_corrected_file_is_not_held_up_by_the_tag_of_the_refused_one(pipeline: Pipeline) -> None:
    """Nor is a copy of the refused one within S3, which takes all tags along."""
    pipeline.run(a=b"no sales\n")
    pipeline.clients.s3.copy_object(Bucket=RAW, Key="b", CopySource={"Bucket": RAW, "Key": "a"})
    assert list(tags(pipeline, "b")) == [raw_tags.REFUSED_TAG]
    pipeline.put("a", csv_of(sale()))

    assert scheduled() == QUIET | {"files_reingested": 2}

    assert {record["s3"]["object"]["key"] for record in pipeline.reingests} == {"a", "b"}


def test_without_versions_a_new_upload_under_a_refused_files_key_is_sent(unversioned: Pipeline) -> None:
    unversioned.ingest(unversioned.put_unversioned("a", b"no sales\n"))
    unversioned.load(unversioned.take())
    unversioned.put_unversioned("a", csv_of(sale()))

    assert scheduled() == QUIET | {"files_reingested": 1}


def test_other_tags_stay_as_far_as_there_is_room(pipeline: Pipeline) -> None:
    """S3 allows ten. Both of ours have room."""
    pipeline.put("a", b"no sales\n")
    tag_set: Any = [{"Key": f"tag {number}", "Value": "x"} for number in range(10)]
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging={"TagSet": tag_set})

    scheduled()
    load_reingests(pipeline)

    assert set(tags(pipeline, "a")) == {
        *(f"tag {number}" for number in range(8)),
        raw_tags.TRIES_TAG,
        raw_tags.REFUSED_TAG,
    }


def test_while_requests_wait_no_young_file_is_sent_and_the_warehouse_sleeps(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are loaded at their time. An old file is another matter: its request may be lost."""
    monkeypatch.setenv("LOAD_MINUTES", "240")
    pipeline.ingest(pipeline.put("a", csv_of(sale())))
    with monkeypatch.context() as patch:
        fall_asleep(patch)
        assert scheduled(quiet(now() + LONG_PATIENCE + timedelta(hours=2))) == QUIET

    assert scheduled(quiet(now() + LONG_PATIENCE + timedelta(hours=5))) == QUIET | {"files_reingested": 1}
    assert len(pipeline.take()) == 1


def test_a_request_in_somebodys_hands_counts_as_waiting(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is being loaded, or failed and comes back."""
    url = pipeline.clients.sqs.get_queue_url(QueueName="cafe-etl-load")["QueueUrl"]
    pipeline.ingest(pipeline.put("a", csv_of(sale())))
    [message] = pipeline.clients.sqs.receive_message(QueueUrl=url)["Messages"]
    fall_asleep(monkeypatch)

    assert scheduled() == QUIET
    pipeline.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_stuck_file_is_named_without_the_warehouse(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the notice of it nothing about it is left to decide."""
    pipeline.put("a", csv_of(sale()))
    for _ in range(4):
        scheduled()
    assert len(notices(pipeline)) == 1
    pipeline.reingests.clear()
    fall_asleep(monkeypatch)

    assert scheduled() == QUIET | {"files_stuck": ["a"]}
    assert (pipeline.reingests, notices(pipeline)) == ([], [])


def test_one_sweep_a_day_enters_the_warehouse_in_the_summarys_minute(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = [
        f"{hour:02}:{minute:02}"
        for hour, minute in [(6, 45), (7, 0), (7, 15), (19, 0), (0, 0)]
        if "suspect_sales" in scheduled(at(hour, minute) + timedelta(seconds=40))
    ]
    monkeypatch.setenv("SUMMARY_HOUR", "0")

    assert checks == ["07:00"]
    assert "suspect_sales" in scheduled(at(0))
    monkeypatch.setenv("WAREHOUSE_CHECKS", "always")
    assert "suspect_sales" in scheduled(at(12))


def test_the_daily_check_goes_by_the_ledger_and_not_by_tags(pipeline: Pipeline, loads: Loads) -> None:
    """A warehouse that was rebuilt has forgotten what it refused: the file is sent again, and refused again."""
    pipeline.run(a=b"no sales\n")
    loads.empty()

    assert scheduled(at(12)) == QUIET
    assert scheduled(at(7)) == QUIET | CHECKED | {"files_reingested": 1}

    load_reingests(pipeline)
    assert pipeline.statuses() == {"a": "refused"}
    assert scheduled(at(7)) == QUIET | CHECKED


def test_the_daily_check_names_the_stores_that_were_missing_yesterday_and_mails_nobody(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """The summary of that minute tells people. Whoever sent a file since is not missing."""
    check = at(7)
    for store, days in (("Leeds", (2, 3, 4, 5)), ("York", (1, 2, 3, 4, 5)), ("Bath", (0, 2, 3, 4, 5))):
        for day in days:
            pipeline.run(**{f"{store} {day}": csv_of(sale(day, store=store))})
            came = check.replace(hour=6) - timedelta(days=day)
            pipeline.rows(
                f"update load_files set last_modified = timestamp '{came}' where object_key = '{store} {day}'"
            )
    pipeline.take(STORES)
    notices(pipeline)

    assert scheduled(check)["stores_missing"] == ["Leeds"]

    assert [line["store_name"] for line in logged(caplog, "store_missing")] == ["Leeds"]
    assert (notices(pipeline), pipeline.take(STORES)) == ([], [])


def test_where_files_wait_for_their_load_a_store_is_missing_later(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file may be among them."""
    monkeypatch.setenv("WAREHOUSE_CHECKS", "always")
    monkeypatch.setenv("LOAD_MINUTES", "240")
    today = at(0)
    for day in (1, 2, 3, 4):
        pipeline.run(**{f"Leeds {day}": csv_of(sale(day))})
        came = today.replace(hour=9) - timedelta(days=day)
        pipeline.rows(
            f"update load_files set last_modified = timestamp '{came}' where object_key = 'Leeds {day}'"
        )

    found = [scheduled(at(hour, 15))["stores_missing"] for hour in (10, 13, 14)]

    assert found == [[], [], ["Leeds"]]
    assert len(notices(pipeline)) == 1


def test_the_bucket_without_versions_is_the_stages_own(unversioned: Pipeline) -> None:
    """Tags of a bucket without versions need no version."""
    unversioned.put_unversioned("a", b"no sales\n")
    raw = RawBucket(unversioned.clients.s3, UNVERSIONED)
    [version] = raw.versions()

    raw.tags.note_refused(version)

    assert raw_tags.is_refused(version, raw.tags.read(version))
