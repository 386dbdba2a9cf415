"""All that the functions do, done once in a local cloud: a step for each, so that what they need of AWS is seen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from local.client import Clients, ask, invoke
from local.resources import names
from tests.pipeline import csv_of, sale
from tests.staging import TABLES
from tests.support import LocalCloud

NAMES: Final = names()
SECONDS: Final = 60


class Stage:
    """A local cloud whose loads can be held back."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.clients = Clients(cloud.endpoint)
        self.versioning = ""

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
        self.versioning = "Enabled" if is_on else "Suspended"
        status: Any = {"Status": self.versioning}
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


def a_file_is_loaded_and_comes_again(stage: Stage) -> None:
    """Under its own name and another."""
    for key in ("first.csv", "first.csv", "copy.csv"):
        stage.put(key, csv_of(sale(1)))
        stage.settle()


def a_refused_file_is_corrected(stage: Stage) -> None:
    """Then both versions of it go."""
    for content in (b"no sales\n", csv_of(sale(2))):
        stage.put("corrected.csv", content)
        stage.settle()


def a_file_gets_stuck_and_loses_its_parts(stage: Stage) -> None:
    """Sweeps send it again until they name it, and one removes its parts; then load sends it again."""
    with stage.held_back():
        stage.put(f"stuck-{stage.versioning}.csv", csv_of(sale(3)))
        stage.settle()
        sweeps = [stage.invoke("sweep", minutes=0) for _ in range(4)]
        assert [found["files_resent"] for found in sweeps] == [1, 1, 1, 0]
        assert sweeps[-1]["files_stuck"]
        stage.settle()
        with stage.forgetful_queues():
            assert stage.invoke("sweep")["parts_removed"]


def a_waiting_file_is_replayed(stage: Stage) -> None:
    """From the raw bucket; its request comes later and finds nothing to do."""
    with stage.held_back():
        stage.put(f"waiting-{stage.versioning}.csv", csv_of(sale(4)))
        stage.settle()
        for dry_run in (True, False):
            [file] = stage.invoke("replay", source="raw", dry_run=dry_run)["files"]
            assert file["outcome"] in {"loaded", "duplicate"}, file


def the_warehouse_is_built_anew(stage: Stage) -> None:
    """From the archive."""
    stage.cloud.query(f"truncate {', '.join(TABLES)}")
    stage.invoke("create_database")
    for dry_run in (True, False):
        files = stage.invoke("replay", dry_run=dry_run)["files"]
        assert {file["outcome"] for file in files} == {"loaded", "duplicate"}, files


def events_speak_of_nothing(stage: Stage) -> None:
    """Of an object that is gone, and of none at all."""
    gone = {"key": "gone.csv", "eTag": "", "versionId": "0a", "sequencer": "0A"}
    for version in (gone, {name: value for name, value in gone.items() if name != "versionId"}):
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": version}}
        assert stage.invoke("ingest", Records=[record]) == {"requested": 0}
    assert stage.invoke("ingest", Service="Amazon S3", Event="s3:TestEvent") == {"requested": 0}


def without_versions(*steps: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Return a step that does others in a raw bucket that keeps none."""

    def step(stage: Stage) -> None:
        stage.keep_versions(is_on=False)
        for one in steps:
            one(stage)
        stage.keep_versions(is_on=True)

    return step


STEPS: Final[tuple[Callable[[Stage], None], ...]] = (
    a_file_is_loaded_and_comes_again,
    a_refused_file_is_corrected,
    a_file_gets_stuck_and_loses_its_parts,
    a_waiting_file_is_replayed,
    without_versions(a_file_gets_stuck_and_loses_its_parts, a_waiting_file_is_replayed),
    the_warehouse_is_built_anew,
    events_speak_of_nothing,
)
"""Who adds something that a function does adds a step: what it needs of AWS is held against the policies."""


def do_everything(cloud: LocalCloud) -> None:
    """Do all steps in an empty cloud."""
    stage = Stage(cloud)
    stage.keep_versions(is_on=True)
    for step in STEPS:
        step(stage)
