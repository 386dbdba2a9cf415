"""After an erasure a file is in no table, bucket or queue. Its key, digest and version stay in the ledger."""

import json
from typing import Any

import pytest

from chalicelib.errors import RequestError
from chalicelib.load import batch, post_commit
from chalicelib.operations import queues, replay
from tests.support.pipeline import INGEST, PROCESSED, QUEUE, RAW, Pipeline, csv_of, sale
from tests.support.removals import everywhere, keep_versions, remove, send

pytestmark = pytest.mark.engines("postgres", "redshift")

KEY, OTHER_KEY, LIKE_IT = (
    "leeds_25-08-2021_09-00-00.csv",
    "leeds_25-08-2021_09-00-00.csv/late.csv",
    "copy.csv",
)
CANARY = "Canary Cake"
FILE = csv_of(sale(0, name="A", basket=f"{CANARY} - 2.45"), sale(1, name="B", basket="Tea - 2.45"))
OLDER = csv_of(sale(0, name="A", basket=f"Old {CANARY} - 2.45"), sale(3, total="9.99"))
OTHER_FILE = csv_of(sale(2, store="York", name="C"))


def erased_rows(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    """Return what the ledger says of erased files."""
    return pipeline.rows(
        "select object_key, store_name, rows_read, rows_rejected, items, reading from load_files"
        " where status = 'erased' order by object_key, file_id"
    )


@pytest.fixture
def dead_letters(pipeline: Pipeline) -> str:
    """Return the name of the queue for events on which `ingest` failed."""
    pipeline.clients.sqs.create_queue(QueueName=f"{INGEST}-dead")
    pipeline.take(f"{INGEST}-dead")
    return f"{INGEST}-dead"


def test_nothing_of_an_erased_file_is_left(pipeline: Pipeline, dead_letters: str) -> None:
    """All its versions go, those of a file with the same content, too; another file stays."""
    keep_versions(pipeline)
    pipeline.run(**{OTHER_KEY: OTHER_FILE})
    pipeline.run(**{KEY: OLDER})
    pipeline.run(**{KEY: FILE, LIKE_IT: FILE})
    rest = pipeline.rows(
        "select count(*) from transactions where store_id in (select store_id from stores where store_name = 'York')"
    )
    [waiting, unrelated] = pipeline.request(**{KEY: FILE + csv_of(sale(5)), "york.csv": OTHER_FILE})
    send(pipeline, waiting)
    send(pipeline, unrelated)
    for key in (KEY, "another.csv"):
        records = [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}]
        send(pipeline, json.dumps({"requestPayload": {"Records": records}}), dead_letters)
    send(pipeline, "no request")

    answer = remove("erase", object_key=KEY)

    assert answer["keys"] == [LIKE_IT, KEY]
    assert (answer["messages"], answer["messages_unread"], answer["raw_versions"]) == (2, 0, 1)
    assert (answer["parts"] > 0, answer["copies"] > 0) == (True, True)
    assert sorted(pipeline.take()) == sorted([unrelated, "no request"])
    assert "another.csv" in pipeline.take(dead_letters)[0]
    remaining = everywhere(pipeline)
    assert CANARY not in remaining
    assert [row[1:] for row in erased_rows(pipeline)] == [("", 0, 0, 0, "")] * 3
    assert not [key for key in pipeline.keys(PROCESSED) if KEY in key and OTHER_KEY not in key]
    assert OTHER_KEY in remaining
    assert pipeline.rows("select count(*) from transactions") == rest == [(1,)]


def test_a_dry_run_of_an_erasure_names_everything_and_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE, LIKE_IT: FILE})
    before = pipeline.everything(), sorted(pipeline.versions(PROCESSED))

    answer = remove("erase", object_key=KEY, dry_run=True)

    assert answer["keys"] == [LIKE_IT, KEY]
    assert [file["status"] for file in answer["files"]].count("loaded") == 1
    assert (pipeline.everything(), sorted(pipeline.versions(PROCESSED))) == before


def test_a_waiting_upload_of_the_content_under_another_key_is_erased_alone(pipeline: Pipeline) -> None:
    """The other files of that key stay."""
    pipeline.run(**{OTHER_KEY: OTHER_FILE})
    pipeline.run(**{KEY: FILE})
    [body] = pipeline.request(**{OTHER_KEY: FILE})
    send(pipeline, body)

    answer = remove("erase", object_key=KEY)

    assert answer["keys"] == [KEY, OTHER_KEY]
    assert pipeline.statuses() == {KEY: "erased", OTHER_KEY: "loaded"}
    assert pipeline.take() == pipeline.keys(RAW) == []
    assert CANARY not in everywhere(pipeline)


def test_redelivery_and_replay_bring_nothing_of_an_erased_file_back(pipeline: Pipeline) -> None:
    record = pipeline.put(KEY, FILE)
    body = pipeline.request_of(record)
    assert pipeline.load([body]) == []
    remove("erase", object_key=KEY)

    assert pipeline.ingest(record) == {"requested": 0}
    assert pipeline.load([body]) == []
    assert replay.handle({}, seconds=60)["files"] == []
    assert replay.handle({"source": "raw"}, seconds=60)["files"] == []
    assert CANARY not in everywhere(pipeline)
    assert pipeline.statuses() == {KEY: "erased"}


def test_a_load_that_archives_after_the_erasure_leaves_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has committed, and then the erasure comes before its archiving."""
    [body] = pipeline.request(**{KEY: FILE})

    def late(buckets: Any, outcome: Any) -> Any:
        remove("erase", object_key=KEY)
        return post_commit.archive(buckets, outcome)

    with monkeypatch.context() as patches:
        patches.setattr(batch, "archive", late)
        pipeline.load([body])
    pipeline.load([body])

    assert CANARY not in everywhere(pipeline)
    # A manifest, which Redshift reads, names parts by numbers and has nothing of the file.
    assert [key for key in pipeline.keys(PROCESSED) if not key.endswith(".manifest")] == []


def test_the_messages_of_others_are_visible_again_at_once(pipeline: Pipeline) -> None:
    """A dry run gives back all of them."""
    pipeline.run(**{KEY: FILE})
    for number in range(25):
        send(pipeline, f"message {number}")

    for dry_run in (True, False):
        assert remove("erase", object_key=KEY, dry_run=dry_run)["messages"] == 0
    assert len(pipeline.take()) == 25


def test_messages_in_flight_are_counted(pipeline: Pipeline) -> None:
    """Others work on them, so nobody can look at them."""
    pipeline.run(**{KEY: FILE})
    send(pipeline, "in flight")
    url = pipeline.clients.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    [message] = pipeline.clients.sqs.receive_message(QueueUrl=url, VisibilityTimeout=60)["Messages"]

    assert remove("erase", object_key=KEY)["messages_unread"] == 1
    pipeline.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_messages_that_are_too_many_are_counted(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody runs the erasure again when the queue is shorter."""
    monkeypatch.setattr(queues, "MOST_MESSAGES", 10)
    pipeline.run(**{KEY: FILE})
    for number in range(25):
        send(pipeline, f"message {number}")

    assert remove("erase", object_key=KEY)["messages_unread"] == 15
    assert len(pipeline.take()) == 25


def test_a_dead_event_that_others_wrapped_goes_with_its_file(pipeline: Pipeline, dead_letters: str) -> None:
    """EventBridge, or SNS and SQS, may have brought it."""
    pipeline.run(**{KEY: FILE})
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": KEY}}}
    notification = {"Type": "Notification", "Message": json.dumps({"Records": [record]})}
    bridged = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": KEY}}}
    for event in ({"Records": [{"body": json.dumps(notification)}]}, bridged):
        send(pipeline, json.dumps({"requestPayload": event}), dead_letters)

    assert remove("erase", object_key=KEY)["messages"] == 2
    assert pipeline.take(dead_letters) == []


def test_a_message_of_any_shape_is_given_back(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE})
    bodies = [
        "[" * 100_000,
        "[]",
        "1",
        "null",
        '{"source": []}',
        '{"source": {"object_key": [1]}, "content_sha256": 1}',
    ]
    bodies += ['{"requestPayload": 1}', '{"requestPayload": {"Records": [{"s3": {"object": {"key": 7}}}]}}']
    for body in bodies:
        send(pipeline, body)

    assert remove("erase", object_key=KEY)["messages"] == 0
    assert sorted(pipeline.take()) == sorted(bodies)


def test_a_file_that_nobody_knows_cannot_be_erased(pipeline: Pipeline) -> None:
    with pytest.raises(RequestError, match=r"^Nothing is known of unknown\.csv, so nothing can be erased\.$"):
        remove("erase", object_key="unknown.csv")


def test_what_was_refused_under_an_erased_key_stays_when_another_file_is_erased(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE, OTHER_KEY: OTHER_FILE})
    remove("erase", object_key=KEY)
    pipeline.run(**{KEY: b"no sales\n"})

    remove("erase", object_key=OTHER_KEY)

    assert [key for key, _ in pipeline.versions(RAW)] == [KEY]


def test_a_copy_that_is_refused_for_its_key_is_discarded_with_the_erased_file(pipeline: Pipeline) -> None:
    """Its digest is that of key and bytes, so that it differs from the file's."""
    pipeline.run(**{KEY: FILE, f"{OTHER_KEY} ": FILE, "tab\t.csv": OTHER_FILE})

    remove("erase", object_key=KEY)

    assert pipeline.statuses() == {KEY: "erased", f"{OTHER_KEY} ": "discarded", "tab\t.csv": "refused"}
    assert pipeline.keys(RAW) == ["tab\t.csv"]


def test_a_file_goes_with_an_erased_copy_that_is_refused_for_its_key(pipeline: Pipeline) -> None:
    pipeline.run(**{KEY: FILE, OTHER_KEY: OTHER_FILE, "tab\t.csv": FILE, "line\u2028.csv": FILE})

    assert remove("erase", object_key="tab\t.csv", dry_run=True)["keys"] == [
        KEY,
        "line\u2028.csv",
        "tab\t.csv",
    ]
    remove("erase", object_key="tab\t.csv")

    assert pipeline.statuses() == {
        KEY: "erased",
        OTHER_KEY: "loaded",
        "tab\t.csv": "erased",
        "line\u2028.csv": "discarded",
    }
    assert pipeline.keys(RAW) == []
    assert CANARY not in everywhere(pipeline)


def test_a_raw_file_that_was_never_read_is_erased_with_its_delete_markers(pipeline: Pipeline) -> None:
    pipeline.put(KEY, FILE)
    pipeline.clients.s3.delete_object(Bucket=RAW, Key=KEY)
    pipeline.put(f"{KEY}.gz", OTHER_FILE)

    assert remove("erase", object_key=KEY)["raw_versions"] == 2
    assert pipeline.keys(RAW) == [f"{KEY}.gz"]
