"""The sweep sends raw objects that were not loaded to ingest again, and reports those that are stuck."""

import logging
import time
from typing import Any

import pytest

from chalicelib.model import SourceVersion
from chalicelib.operations.reingests import Reingests
from chalicelib.storage.raw import RawBucket
from chalicelib.storage.raw_tags import TRIES_TAG as TAG
from tests.support.pipeline import INGEST, PROCESSED, RAW, Pipeline, csv_of, part_of, sale
from tests.support.sweeps import NOTHING, load_reingests, logged, notices, now, sweep, tags

pytestmark = pytest.mark.engines("postgres", "redshift")


def tag_set(tags: dict[str, str]) -> Any:
    """Return tags as S3 takes them."""
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def test_a_file_whose_event_was_lost_is_reingested(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is loaded once, and nothing is left for the next sweep."""
    monkeypatch.setenv("NOTICES", "all")
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
    assert subject == "Cafe ETL: 1 file stuck"
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
    """Tries are counted in a tag of each version. The name is dated: when the new one is loaded, both are deleted."""
    key = "leeds_25-08-2021.csv"
    pipeline.put(key, csv_of(sale(1)))
    for _ in range(4):
        sweep()
    pipeline.reingests.clear()
    newer = pipeline.put(key, csv_of(sale(2)))

    assert sweep() == NOTHING | {"files_reingested": 1, "files_stuck": [key]}

    assert [record["s3"]["object"]["versionId"] for record in pipeline.reingests] == [
        newer["s3"]["object"]["versionId"]
    ]
    load_reingests(pipeline)
    assert sweep() == NOTHING


def test_other_tags_of_an_object_are_kept(pipeline: Pipeline) -> None:
    """S3 replaces all tags of an object at once."""
    pipeline.put("a", csv_of(sale()))
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=tag_set({"owner": "head office"}))

    sweep()

    assert tags(pipeline, "a") == {"owner": "head office", TAG: "1"}


@pytest.mark.parametrize(
    "value", ["many", "", "-1000000", "5", "99999999999999999999", "1.0", "+1", "01", "\u0661"]
)
def test_a_count_that_the_sweep_did_not_write_counts_as_none(pipeline: Pipeline, value: str) -> None:
    """Whoever uploads a file may set its tags: it is neither sent for ever nor passed over without a word."""
    pipeline.put("a", csv_of(sale(1)))
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=tag_set({TAG: value}))

    assert [sweep() for _ in range(3)] == [NOTHING | {"files_reingested": 1}] * 3
    assert [sweep() for _ in range(2)] == [NOTHING | {"files_stuck": ["a"]}] * 2

    assert len(pipeline.reingests) == 3
    assert len(notices(pipeline)) == 1


@pytest.mark.parametrize(("value", "left"), [("0", 3), ("1", 2), ("2", 1), ("3", 0), ("4", 0)])
def test_a_count_from_0_to_4_is_read(pipeline: Pipeline, value: str, left: int) -> None:
    pipeline.put("a", csv_of(sale(1)))
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=tag_set({TAG: value}))

    for _ in range(5):
        sweep()

    assert len(pipeline.reingests) == left


def test_a_version_with_all_the_tags_that_s3_allows_is_counted_too(pipeline: Pipeline) -> None:
    """One of the uploader's tags makes room; without the count, the file would never be sent."""
    pipeline.put("a", csv_of(sale(1)))
    others = {f"tag-{number}": "x" for number in range(10)}
    pipeline.clients.s3.put_object_tagging(Bucket=RAW, Key="a", Tagging=tag_set(others))

    assert sweep() == NOTHING | {"files_reingested": 1}

    remaining = tags(pipeline, "a")
    assert remaining.pop(TAG) == "1"
    assert len(remaining) == 9
    assert remaining.items() <= others.items()


def test_a_file_that_cannot_be_reingested_does_not_stop_the_others(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep fails because of it, but only after all its other work."""
    pipeline.put("a", csv_of(sale(1)))
    pipeline.put("b", csv_of(sale(2)))
    send = Reingests.send

    def refusing(self: Reingests, version: SourceVersion) -> int | None:
        if version.object_key == "a":
            raise ValueError("no permission")
        return send(self, version)

    monkeypatch.setattr(Reingests, "send", refusing)
    with pytest.raises(ExceptionGroup, match="Some steps of the sweep failed"):
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
    raw = RawBucket(s3, RAW)
    [version] = raw.versions()
    s3.delete_object(Bucket=RAW, Key="a", VersionId=gone)
    reingests = Reingests(raw.tags, INGEST)

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
