"""A run in a local cloud in which the functions do everything that they can do, and use all their permissions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from chalicelib.people.arrivals import LATENESS
from infra import smoke
from local import warehouse
from local.client import invoke
from local.cloud.resources import names
from local.control import ask
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import csv_of, sale

NAMES: Final = names()
SECONDS: Final = 60


class Operator:
    """Uses a local cloud: uploads files, calls functions, and can hold back the loads."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.clients = cloud.clients

    def put(self, key: str, content: bytes) -> None:
        """Upload a file."""
        self.clients.s3.put_object(Bucket=NAMES.raw_bucket, Key=key, Body=content)

    def wait_until_idle(self) -> None:
        """Wait until the cloud is idle, and check that it gave up no event and no request."""
        deadline = time.monotonic() + SECONDS
        while not (status := ask(self.cloud.running, "status"))["idle"]:
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        assert not status["given_up_notifications"], status
        assert not status["queues"][NAMES.load_dead_letters], status

    def invoke(self, function: str, **event: Any) -> dict[str, Any]:
        """Call a function and return its answer."""
        return invoke(self.clients, NAMES.function(function), event)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let requests wait on the load queue inside the block; load them after it."""
        self._poll(is_on=False)
        yield
        self._poll(is_on=True)
        self.wait_until_idle()

    @contextmanager
    def forgetful_queues(self) -> Iterator[None]:
        """Let the queues keep no message inside the block, so that the sweep takes every part for abandoned."""
        self._keep_messages(0)
        yield
        self._keep_messages(1_209_600)

    def send(self, queue: str, body: str) -> None:
        """Put a message on a queue."""
        url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        self.clients.sqs.send_message(QueueUrl=url, MessageBody=body)

    def take_all(self, *queues: str) -> None:
        """Delete the message that each of these queues has."""
        for queue in queues:
            url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            [message] = self.clients.sqs.receive_message(QueueUrl=url)["Messages"]
            self.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def delete_copies(self, key: str) -> None:
        """Delete the archive copies of a file."""
        bucket, prefix = NAMES.processed_bucket, f"archive/{key}/"
        for listed in self.clients.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            self.clients.s3.delete_object(Bucket=bucket, Key=listed["Key"])

    def keep_versions(self, *, is_on: bool) -> None:
        """Turn the versions of the raw bucket on or off."""
        status: Any = {"Status": "Enabled" if is_on else "Suspended"}
        self.clients.s3.put_bucket_versioning(Bucket=NAMES.raw_bucket, VersioningConfiguration=status)

    @cached_property
    def _mapping(self) -> str:
        [mapping] = self.clients.functions.list_event_source_mappings()["EventSourceMappings"]
        return mapping["UUID"]

    def _poll(self, *, is_on: bool) -> None:
        self.clients.functions.update_event_source_mapping(UUID=self._mapping, Enabled=is_on)

    def _keep_messages(self, seconds: int) -> None:
        for queue in (NAMES.load_queue, NAMES.load_dead_letters):
            url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            attributes: Any = {"MessageRetentionPeriod": str(seconds)}
            self.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def a_file_is_loaded_and_comes_again(operator: Operator) -> None:
    """Upload the same content under its own name again, and under another name."""
    for keys in (("first.csv",), ("first.csv", "copy.csv")):
        for key in keys:
            operator.put(key, csv_of(sale(1)))
        operator.wait_until_idle()


def a_refused_file_is_corrected(operator: Operator) -> None:
    """Have both of its versions deleted from the raw bucket."""
    for content in (b"no sales\n", csv_of(sale(2))):
        operator.put("corrected.csv", content)
        operator.wait_until_idle()


def a_file_gets_stuck_and_loses_its_parts(operator: Operator) -> None:
    """Sweep until it is reported as stuck and loses its parts; then load sends it to ingest again."""
    with operator.held_back():
        operator.put("stuck.csv", csv_of(sale(3)))
        operator.wait_until_idle()
        sweeps = [operator.invoke("sweep", minutes=0) for _ in range(4)]
        assert [result["files_reingested"] for result in sweeps] == [1, 1, 1, 0]
        assert sweeps[-1]["files_stuck"]
        operator.wait_until_idle()
        with operator.forgetful_queues():
            assert operator.invoke("sweep")["parts_removed"]


def a_store_misses_its_file(operator: Operator) -> None:
    """Let the files of a store have come on the four days before today, in the first minute, and none today."""
    for day in range(1, 5):
        operator.put(f"york_{day}.csv", csv_of(sale(day + 20, store="York")))
    operator.wait_until_idle()
    moved = (
        "update load_files set last_modified ="
        " date_trunc('day', last_modified) - make_interval(days => cast(substr(object_key, 6, 1) as integer))"
        " where object_key like 'york%%' returning object_key"
    )
    assert len(warehouse.rows(operator.cloud.running.warehouse, moved)) == 4
    # The file is due an hour later.
    is_due = datetime.now(UTC).hour >= 1
    assert operator.invoke("sweep")["stores_missing"] == (["York"] if is_due else [])


def a_waiting_file_is_replayed(operator: Operator) -> None:
    """Replay it from the raw bucket; its request comes later, and has nothing to do any more."""
    with operator.held_back():
        operator.put("waiting.csv", csv_of(sale(4)))
        operator.wait_until_idle()
        for dry_run in (True, False):
            event = {"source": "raw", "prefix": "waiting", "dry_run": dry_run}
            [file] = operator.invoke("replay", **event)["files"]
            assert file["outcome"] == "loaded", file


def a_bucket_keeps_no_versions(operator: Operator) -> None:
    """Load one file; sweep and replay another one, whose requests then have nothing to do any more."""
    operator.keep_versions(is_on=False)
    operator.put("plain.csv", csv_of(sale(5)))
    operator.wait_until_idle()
    with operator.held_back():
        operator.put("plain-waiting.csv", csv_of(sale(6)))
        operator.wait_until_idle()
        assert operator.invoke("sweep", minutes=0)["files_reingested"] == 1
        operator.wait_until_idle()
        [file] = operator.invoke("replay", source="raw", prefix="plain")["files"]
        assert file["outcome"] == "loaded", file
    operator.keep_versions(is_on=True)


def the_warehouse_is_rebuilt_from_the_archive(operator: Operator) -> None:
    """Create the tables in an empty warehouse, and replay all files of the archive."""
    warehouse.empty(operator.cloud.running.warehouse)
    operator.invoke("create_database")
    for dry_run in (True, False):
        files = operator.invoke("replay", dry_run=dry_run)["files"]
        assert {file["outcome"] for file in files} == {"loaded", "duplicate"}, files


def a_file_is_withdrawn(operator: Operator) -> None:
    """Withdraw a loaded file: its copy says so. Withdraw it again when its copy is not there."""
    operator.put("withdrawn.csv", csv_of(sale(7)))
    operator.wait_until_idle()
    event = {"action": "withdraw", "object_key": "withdrawn.csv"}
    answers = [operator.invoke("remove", **event, dry_run=dry_run) for dry_run in (True, False)]
    operator.delete_copies("withdrawn.csv")
    answers.append(operator.invoke("remove", **event))
    assert [(len(answer["files"]), answer["copies"]) for answer in answers] == [(1, 0), (1, 1), (1, 0)], (
        answers
    )


def a_refused_file_is_discarded(operator: Operator) -> None:
    """Throw one away from a bucket with versions, and one from a bucket without; let replay refuse others."""
    for is_on in (True, False):
        operator.keep_versions(is_on=is_on)
        operator.put("refused.csv", b"no sales\n")
        operator.wait_until_idle()
        with operator.held_back():
            operator.put(f"replayed_{is_on}.csv", b"no sales either\n")
            operator.wait_until_idle()
            [file] = operator.invoke("replay", source="raw", prefix=f"replayed_{is_on}")["files"]
            assert file["outcome"] == "refused", file
        answer = operator.invoke("remove", action="discard", object_key="refused.csv")
        assert answer["raw_versions"] == 1, answer
    operator.keep_versions(is_on=True)


def requests_wait_for_their_time(operator: Operator) -> None:
    """Let load take them off the queue itself, as its schedule does."""
    with operator.held_back():
        operator.put("later.csv", csv_of(sale(12)))
        operator.wait_until_idle()
        assert operator.invoke("load") == {"loaded": 1, "failed": 0}


def a_file_is_erased_and_a_customer(operator: Operator) -> None:
    """Erase a loaded file of which another version waits, with messages of both kinds on all queues."""
    operator.put("erased.csv", csv_of(sale(8)))
    operator.wait_until_idle()
    dead_letters = NAMES.load_dead_letters, NAMES.function("ingest-dead")
    with operator.held_back():
        operator.put("erased.csv", csv_of(sale(9)))
        operator.put("waits.csv", csv_of(sale(10, name="Gone")))
        operator.wait_until_idle()
        for queue in dead_letters:
            operator.send(queue, '{"requestPayload": {"Records": []}}')
            operator.send(queue, '{"source": {"object_key": "erased.csv"}, "content_sha256": ""}')
        answer = operator.invoke("remove", action="erase", object_key="erased.csv")
        assert (answer["messages"], answer["messages_unread"]) == (3, 0), answer
        operator.take_all(*dead_letters)
    answer = operator.invoke("remove", action="erase_customer", store="Leeds", customer="Gone")
    assert (answer["sales"], answer["copies"]) == (1, 1), answer


def events_name_no_object(operator: Operator) -> None:
    """Send events of an object that is gone, and S3's test event, which names none."""
    gone = {"key": "gone.csv", "eTag": "", "versionId": "0a", "sequencer": "0A"}
    for version in (gone, {name: value for name, value in gone.items() if name != "versionId"}):
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": version}}
        assert operator.invoke("ingest", Records=[record]) == {"requested": 0}
    assert operator.invoke("ingest", Service="Amazon S3", Event="s3:TestEvent") == {"requested": 0}


def a_smoke_test_leaves_nothing(operator: Operator) -> None:
    """Run the smoke test, as after every release; and have a file loaded as it does where loads have times of day."""
    smoke.smoke(NAMES, operator.clients.any, print)
    key = "smoke_test_waits.csv"
    with operator.held_back():
        operator.put(key, csv_of(sale(13)))
        operator.wait_until_idle()
        assert operator.invoke("smoke_cleanup", object_key=key, load=True) == {}
        operator.wait_until_idle()
        assert operator.invoke("smoke_cleanup", object_key=key)["sales"] == 1


def stores_get_mail(operator: Operator) -> None:
    """Refuse a file of a known store, sum up a day, and sweep when the store's file is due."""
    operator.put("leeds_25-08-2021.csv", b"no sales\n")
    operator.wait_until_idle()
    assert operator.invoke("summarise", day="2021-08-25")["mails_to_stores"]
    # Each file of the store came on another day, at a time of day that was an hour ago a few minutes ago.
    hour_ago = datetime.now(UTC).replace(tzinfo=None) - LATENESS
    usual = max(hour_ago - timedelta(minutes=5), datetime.combine(hour_ago, datetime.min.time()))
    warehouse.rows(
        operator.cloud.running.warehouse,
        "update load_files set last_modified = %s - file_id * interval '1 day' where store_name = 'Leeds'"
        " returning file_id",
        (usual,),
    )
    assert "Leeds" in operator.invoke("sweep")["stores_missing"]


STEPS: Final[tuple[Callable[[Operator], None], ...]] = (
    a_file_is_loaded_and_comes_again,
    a_refused_file_is_corrected,
    a_file_gets_stuck_and_loses_its_parts,
    a_store_misses_its_file,
    a_waiting_file_is_replayed,
    a_bucket_keeps_no_versions,
    the_warehouse_is_rebuilt_from_the_archive,
    a_file_is_withdrawn,
    a_refused_file_is_discarded,
    requests_wait_for_their_time,
    a_file_is_erased_and_a_customer,
    events_name_no_object,
    a_smoke_test_leaves_nothing,
    stores_get_mail,
)
"""Add a step for everything new that a function does: tests compare the permissions it needs with the policies."""


def do_everything(cloud: LocalCloud) -> None:
    """Do all steps in an empty cloud."""
    operator = Operator(cloud)
    for step in STEPS:
        step(operator)
