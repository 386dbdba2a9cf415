"""Which version of a file is the newer one, in buckets with and without versions, with events and without."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import moto.s3.models
import pytest

from tests.support.pipeline import PROCESSED, RAW, Pipeline, csv_of, sale

A, B = csv_of(sale(1)), csv_of(sale(2), sale(3))


@pytest.fixture
def unversioned(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose raw bucket keeps no versions."""
    bucket = f"{RAW}-plain"
    region: Any = {"LocationConstraint": "eu-west-1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAW_BUCKET", bucket)
        pipeline.clients.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        yield pipeline
        for found in pipeline.clients.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            pipeline.clients.s3.delete_object(Bucket=bucket, Key=found["Key"])
        pipeline.clients.s3.delete_bucket(Bucket=bucket)


def put(pipeline: Pipeline, content: bytes, sequencer: str = "") -> dict[str, Any]:
    """Upload an object to the bucket without versions; return the record that S3 sends of it."""
    stored = pipeline.clients.s3.put_object(Bucket=f"{RAW}-plain", Key="a", Body=content)
    found = {"key": "a", "eTag": stored["ETag"].strip('"'), "sequencer": sequencer}
    return {"eventName": "ObjectCreated:Put", "s3": {"object": found}}


def without_sequencer(record: dict[str, Any]) -> dict[str, Any]:
    """Return an event as a resend makes it."""
    found = {name: value for name, value in record["s3"]["object"].items() if name != "sequencer"}
    return record | {"s3": {"object": found}}


class Clock:
    """S3's clock, of which a second takes as many uploads as are wanted; moto orders them by its fractions."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it

    def read(self) -> datetime:
        """Return a time that is later than any before."""
        self.now += timedelta(microseconds=1)
        return self.now

    def tick(self) -> None:
        """Let a second begin."""
        self.now = self.now.replace(microsecond=0) + timedelta(seconds=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the uploads."""
    clock = Clock()
    monkeypatch.setattr(moto.s3.models, "utcnow", clock.read)
    return clock


def request(pipeline: Pipeline, record: dict[str, Any]) -> str:
    """Ingest one event; return its load request."""
    pipeline.ingest(record)
    [body] = pipeline.take()
    return body


def sales(pipeline: Pipeline) -> int:
    """Return the number of sales: 1 says that A counts, 2 that B does."""
    [(count,)] = pipeline.rows("select count(*) from transactions")
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("known", [(), (0,), (1,), (0, 1)], ids=str)
def test_within_a_second_the_version_that_the_bucket_holds_counts(
    clock: Clock, pipeline: Pipeline, order: tuple[int, int], known: tuple[int, ...]
) -> None:
    """Whichever comes first, in one batch or two, and whichever of the two has a sequencer."""
    records = [pipeline.put("a", A), pipeline.put("a", B)]
    records = [
        record if place in known and len(known) < 2 else without_sequencer(record)
        for place, record in enumerate(records)
    ]
    bodies = [request(pipeline, record) for record in records]

    for place in order:
        assert pipeline.load([bodies[place]]) == []

    assert sales(pipeline) == 2
    assert pipeline.keys(RAW) == []
    assert pipeline.load([bodies[place] for place in order]) == []
    assert sales(pipeline) == 2


def test_within_a_second_a_batch_takes_what_the_bucket_holds(clock: Clock, pipeline: Pipeline) -> None:
    """Though only the older version has a sequencer."""
    older, newer = pipeline.put("a", B), without_sequencer(pipeline.put("a", A))
    bodies = [request(pipeline, record) for record in (older, newer)]

    assert pipeline.load(bodies) == []

    assert sales(pipeline) == 1


def test_an_event_that_is_late_counts_for_the_bytes_that_it_speaks_of(unversioned: Pipeline) -> None:
    """Its sequencer is not that of the newer bytes, which it finds."""
    first = put(unversioned, A, "1")
    second = put(unversioned, B, "2")

    late = request(unversioned, first)

    assert '"sequencer": ""' in late
    assert unversioned.load([late, request(unversioned, second)]) == []
    assert sales(unversioned) == 2


def test_bytes_that_were_uploaded_meanwhile_are_not_deleted(unversioned: Pipeline) -> None:
    """A load deletes what it has read; the newer bytes wait for their own event."""
    body = request(unversioned, put(unversioned, A, "1"))
    newer = put(unversioned, B, "2")

    assert unversioned.load([body]) == []
    assert sales(unversioned) == 1

    assert unversioned.load([request(unversioned, newer)]) == []
    assert sales(unversioned) == 2
    assert "Contents" not in unversioned.clients.s3.list_objects_v2(Bucket=f"{RAW}-plain")


def test_the_same_bytes_again_are_not_deleted_for_the_old_ones(clock: Clock, unversioned: Pipeline) -> None:
    """Between them another content came, which else would count as the newest."""
    first = request(unversioned, put(unversioned, A, "1"))
    second = request(unversioned, put(unversioned, B, "2"))
    clock.tick()
    third = put(unversioned, A, "3")

    assert unversioned.load([first]) == []
    assert unversioned.load([second]) == []
    assert unversioned.load([request(unversioned, third)]) == []

    assert sales(unversioned) == 1


def test_each_load_has_a_copy_that_says_what_it_was(pipeline: Pipeline) -> None:
    """A content that comes back is a load of its own; what a replay needs stands with each copy."""
    for content in (A, B, A):
        pipeline.run(a=content)

    copies = sorted(pipeline.keys(PROCESSED), key=lambda key: int(key.rpartition("-")[2].split(".")[0]))
    told = [pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"] for key in copies]

    assert [copy["file-id"] for copy in told] == ["1", "2", "3"]
    assert [key.split("/")[:2] for key in copies] == [["archive", "a"]] * 3
    assert copies[0].rpartition("-")[0] == copies[2].rpartition("-")[0]
    ledger = pipeline.rows(
        "select content_sha256, to_char(last_modified, 'YYYY-MM-DD\"T\"HH24:MI:SS'), sequencer, version_id, etag,"
        " hash_key_id from load_files order by file_id"
    )
    names = ("content-sha256", "last-modified", "sequencer", "version-id", "etag", "hash-key-id")
    assert [tuple(copy[name] for name in names) for copy in told] == ledger
    assert {copy["status"] for copy in told} == {"loaded"}


def test_a_copy_is_as_new_as_its_content_is_known_to_be(clock: Clock, pipeline: Pipeline) -> None:
    """The same content again makes the ledger's row newer, and the copy with it; there is no second one."""
    pipeline.run(a=A)
    clock.tick()
    pipeline.run(a=A)

    [key] = pipeline.keys(PROCESSED)
    told = pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"]

    assert [(told["version-id"],)] == pipeline.rows("select version_id from load_files")
