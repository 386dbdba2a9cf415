"""All that the functions do, done once in a local cloud: a step for each, so that what they need of AWS is seen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from infra import smoke
from local import warehouse
from local.client import Clients, ask, invoke
from local.cloud.resources import names
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import csv_of, sale

NAMES: Final = names()
SECONDS: Final = 60


class Operator:
    """Who uses a local cloud, calls its functions, and can hold its loads back."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.clients = Clients(cloud.endpoint)

    def put(self, key: str, content: bytes) -> None:
        """Upload a file."""
        self.clients.s3.put_object(Bucket=NAMES.raw_bucket, Key=key, Body=content)

    def settle(self) -> None:
        """Wait until nothing moves any more, and see that nothing was given up."""
        deadline = time.monotonic() + SECONDS
        while not (status := ask(self.cloud.endpoint, "status"))["idle"]:
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        assert not status["given_up_notifications"], status
        assert not status["queues"][NAMES.load_dead_letters], status

    def invoke(self, function: str, **event: Any) -> dict[str, Any]:
        """Call a function and return its answer."""
        return invoke(self.cloud.endpoint, NAMES.function(function), event)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let requests wait on the load queue, as long as this lasts; then let them be loaded."""
        self._poll(is_on=False)
        yield
        self._poll(is_on=True)
        self.settle()

    @contextmanager
    def forgetful_queues(self) -> Iterator[None]:
        """Let no part be young enough for a request."""
        self._keep_messages(0)
        yield
        self._keep_messages(1_209_600)

    def keep_versions(self, *, is_on: bool) -> None:
        """Let the raw bucket keep versions or not."""
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
    """Under its own name and another."""
    for keys in (("first.csv",), ("first.csv", "copy.csv")):
        for key in keys:
            operator.put(key, csv_of(sale(1)))
        operator.settle()


def a_refused_file_is_corrected(operator: Operator) -> None:
    """Then both versions of it go."""
    for content in (b"no sales\n", csv_of(sale(2))):
        operator.put("corrected.csv", content)
        operator.settle()


def a_file_gets_stuck_and_loses_its_parts(operator: Operator) -> None:
    """Sweeps send it again until they name it, and one removes its parts; then load sends it again."""
    with operator.held_back():
        operator.put("stuck.csv", csv_of(sale(3)))
        operator.settle()
        sweeps = [operator.invoke("sweep", minutes=0) for _ in range(4)]
        assert [found["files_reingested"] for found in sweeps] == [1, 1, 1, 0]
        assert sweeps[-1]["files_stuck"]
        operator.settle()
        with operator.forgetful_queues():
            assert operator.invoke("sweep")["parts_removed"]


def a_waiting_file_is_replayed(operator: Operator) -> None:
    """From the raw bucket; its request comes later and finds nothing to do."""
    with operator.held_back():
        operator.put("waiting.csv", csv_of(sale(4)))
        operator.settle()
        for dry_run in (True, False):
            [file] = operator.invoke("replay", source="raw", dry_run=dry_run)["files"]
            assert file["outcome"] == "loaded", file


def a_bucket_keeps_no_versions(operator: Operator) -> None:
    """One file is loaded; another one waits for a sweep and is replayed, and its requests find nothing to do."""
    operator.keep_versions(is_on=False)
    operator.put("plain.csv", csv_of(sale(5)))
    operator.settle()
    with operator.held_back():
        operator.put("plain-waiting.csv", csv_of(sale(6)))
        operator.settle()
        assert operator.invoke("sweep", minutes=0)["files_reingested"] == 1
        operator.settle()
        [file] = operator.invoke("replay", source="raw")["files"]
        assert file["outcome"] == "loaded", file
    operator.keep_versions(is_on=True)


def the_warehouse_is_built_anew(operator: Operator) -> None:
    """From the archive."""
    warehouse.empty(operator.cloud.running.warehouse)
    operator.invoke("create_database")
    for dry_run in (True, False):
        files = operator.invoke("replay", dry_run=dry_run)["files"]
        assert {file["outcome"] for file in files} == {"loaded", "duplicate"}, files


def events_speak_of_nothing(operator: Operator) -> None:
    """Of an object that is gone, and of none at all."""
    gone = {"key": "gone.csv", "eTag": "", "versionId": "0a", "sequencer": "0A"}
    for version in (gone, {name: value for name, value in gone.items() if name != "versionId"}):
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": version}}
        assert operator.invoke("ingest", Records=[record]) == {"requested": 0}
    assert operator.invoke("ingest", Service="Amazon S3", Event="s3:TestEvent") == {"requested": 0}


def a_smoke_test_leaves_nothing(operator: Operator) -> None:
    """As after every release."""
    smoke.smoke(NAMES, operator.clients.any, print)


STEPS: Final[tuple[Callable[[Operator], None], ...]] = (
    a_file_is_loaded_and_comes_again,
    a_refused_file_is_corrected,
    a_file_gets_stuck_and_loses_its_parts,
    a_waiting_file_is_replayed,
    a_bucket_keeps_no_versions,
    the_warehouse_is_built_anew,
    events_speak_of_nothing,
    a_smoke_test_leaves_nothing,
)
"""Who adds something that a function does adds a step: what it needs of AWS is held against the policies."""


def do_everything(cloud: LocalCloud) -> None:
    """Do all steps in an empty cloud."""
    operator = Operator(cloud)
    for step in STEPS:
        step(operator)
