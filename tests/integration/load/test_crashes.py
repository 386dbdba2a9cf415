"""The crash matrix: a function may be killed anywhere; the next delivery leads to what the reference ledger expects.

Each function runs in a process of its own and is killed right before and right after every fault point: every SQL
statement and every AWS call. A first run without a kill lists them.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import moto.s3.models
import pytest

from chalicelib.ingest import handler as ingest_handler
from chalicelib.load import handler as load_handler
from local.cloud import moto_backends, snapshot
from tests.support.fault_injection import Event, Function, Run, batch, run
from tests.support.fault_points import Kill
from tests.support.overlapping_files import CONTENTS
from tests.support.pipeline import HASH_KEY, PROCESSED, RAW, Pipeline
from tests.support.reference_ledger import ReferenceLedger, Version, numbering
from tests.support.reference_tables import expected_tables
from tests.support.sql_loads import TABLES
from tests.support.stand_in import driver_connection
from tests.support.stated_sales import Content
from tests.support.warehouse_contents import differences, tables

TRIES = 5
"""Runs in which a function has to reach the fault point that it is killed at."""


Batches = Sequence[Sequence[Version]]


@dataclass
class Scenario:
    """A function that is killed while it handles an event, and the batches that must be loaded in the end."""

    function: Function
    event: Event
    deliver: Callable[[], None]
    """Delivers the event again, and the messages that follow from it."""
    batches: Batches
    """The versions of each batch, in the order of the loads."""
    other_batches: Batches = ()
    """Batches that are right, too, if a kill has changed the order."""


class Scene:
    """A pipeline with some files loaded and others on their way. It is saved once, and restored after each kill."""

    def __init__(self, pipeline: Pipeline, folder: Path, connection: Any) -> None:
        self.pipeline = pipeline
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it
        self.reference_ledger = ReferenceLedger()
        self.versions: list[Version] = []
        self._folder = folder
        self._connection = connection

    def put(self, key: str, content: Content) -> dict[str, Any]:
        """Upload a file a minute after the one before; return the record that S3 sends of it."""
        self.now += timedelta(minutes=1)  # no two versions share a second
        record = self.pipeline.put(key, content.data)
        version_id = record["s3"]["object"]["versionId"]
        self.versions.append(Version(len(self.versions), key, content, version_id, self.now))
        return record

    def request(self, key: str, content: Content) -> str:
        """Upload and ingest a file; return the request for its load."""
        self.pipeline.ingest(self.put(key, content))
        [body] = self.pipeline.take()
        return body

    def load(self, **names: str) -> list[str]:
        """Upload, ingest and load files by the names of their contents; return the requests."""
        bodies = [self.request(key, CONTENTS[name]) for key, name in names.items()]
        assert self.pipeline.load(bodies) == []
        rows = sorted(tables(self._connection)["load_files"])
        self.reference_ledger.take(self.versions[-len(names) :], numbering(row[:3] for row in rows))
        return bodies

    def save(self) -> None:
        """Save tables and buckets as they are now."""
        snapshot.save(self._folder, [])
        for table in TABLES:
            self._execute(f"create table saved.{table} as select * from {table}")

    def restore(self) -> None:
        """Restore tables and buckets as they were saved."""
        # Hundreds of times a test: so moto's own data is replaced, without a call of S3.
        for bucket in moto_backends.buckets().values():
            for key in list(bucket.keys):
                bucket.keys.pop(key)
        moto_backends.object_tags().clear()
        snapshot.load(self._folder)
        self.pipeline.reingests.clear()
        copies = [f"insert into {table} select * from saved.{table}" for table in TABLES]
        self._execute("; ".join([f"truncate {', '.join(TABLES)}", *copies]))

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def deliver(self, bodies: Sequence[str]) -> None:
        """Load a batch of messages, then ingest and load again until nothing is sent to ingest any more."""
        assert self.pipeline.load(list(bodies)) == []
        while self.pipeline.reingests:
            records = list(self.pipeline.reingests)
            self.pipeline.reingests.clear()
            self.pipeline.ingest(*records)
            assert self.pipeline.load(self.pipeline.take()) == []

    def check(self, batches: Batches, other_batches: Batches = ()) -> None:
        """Compare all tables and buckets with what the reference ledger expects of the batches, or of other ones."""
        try:
            self._check(batches)
        except AssertionError:
            if not other_batches:
                raise
            self._check(other_batches)

    def _check(self, batches: Batches) -> None:
        contents = tables(self._connection)
        # A copy takes the batches: every kill starts from the same saved state.
        reference_ledger = deepcopy(self.reference_ledger)
        new = sorted(contents["load_files"])[len(reference_ledger.entries) :]
        number = numbering(row[:3] for row in new)
        for versions in batches:
            reference_ledger.take(versions, number)
        expected = expected_tables(reference_ledger, bytes.fromhex(HASH_KEY))
        assert differences(contents, expected) == ""
        self._check_buckets(reference_ledger)

    def _check_buckets(self, reference_ledger: ReferenceLedger) -> None:
        refused = [(version.key, version.version_id) for version in self.versions if version.content.reason]
        assert sorted(self.pipeline.versions(RAW)) == sorted(refused)
        archived = [
            f"archive/{entry.version.key}/{entry.version.content.sha256}-{entry.file_id}.csv.gz"
            for entry in reference_ledger.entries
            if entry.has_copy
        ]
        # Parts that a killed function has left are allowed: the sweep removes them.
        keys = [key for key in self.pipeline.keys(PROCESSED) if not key.startswith("staged/")]
        assert sorted(keys) == sorted(archived)


pytestmark = [pytest.mark.engines("postgres", "redshift", sample=False), pytest.mark.timeout(900)]
"""Seconds. A function may have a hundred fault points, and is killed twice at each."""


@pytest.fixture
def scene(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene; its saved tables are dropped after the test."""
    connection = driver_connection(pipeline.warehouse_url)
    connection.autocommit = True
    scene = Scene(pipeline, tmp_path / "saved", connection)
    monkeypatch.setattr(moto.s3.models, "utcnow", lambda: scene.now)
    with connection.cursor() as cursor:
        cursor.execute("create schema saved")
        yield scene
        cursor.execute("drop schema saved cascade")
    connection.close()


def kill_everywhere(scene: Scene, scenario: Scenario) -> list[str]:
    """Kill a function before and after each of its fault points, and check the scene each time; return their names."""
    environment = scene.pipeline.environment
    scene.restore()
    fault_points = run(scenario.function, scenario.event, environment).fault_points
    for number in range(1, len(fault_points) + 1):
        for after in (False, True):
            killed = kill_once(scene, scenario, Kill(number, after))
            scenario.deliver()
            try:
                scene.check(scenario.batches, scenario.other_batches)
            except AssertionError as exc:
                side = "after" if after else "before"
                where = f"killed {side} fault point {number}, {killed.fault_points[-1]}"
                raise AssertionError(f"{where}: {exc}") from exc
    return fault_points


def kill_once(scene: Scene, scenario: Scenario, kill: Kill) -> Run:
    """Kill a function at a fault point, from the saved scene; return the record of its process."""
    for _ in range(TRIES):
        scene.restore()
        killed = run(scenario.function, scenario.event, scene.pipeline.environment, kill=kill)
        if killed.was_killed:
            return killed
        # Threads archive two versions of new.csv. If one thread finds that the other has deleted a version, the run has
        # one DeleteObject less, and ends before the last fault point.
    raise AssertionError(f"{kill} was not reached: {killed}")


def report(fault_points: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Print the number of fault points, for whoever runs a soak."""
    count = len(fault_points)
    with capsys.disabled():
        print(f"\n{count} fault points, killed before and after each: {2 * count} runs")  # noqa: T201


def test_ingest_may_be_killed_anywhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """S3 delivers the event again, and each file is loaded once, although some were requested twice."""
    scene.load(**{"leeds.csv": "morning"})
    names = {"leeds.csv": "day", "york.csv": "some bad", "notes.txt": "gibberish"}
    records = [scene.put(key, CONTENTS[name]) for key, name in names.items()]
    versions = scene.versions[-len(records) :]
    scene.save()

    def deliver() -> None:
        scene.pipeline.ingest(*records)
        scene.deliver(scene.pipeline.take())

    # A request whose parts are gone goes to ingest once more, and the others are loaded before it.
    later = [versions[2:], versions[:2]]
    scenario = Scenario(ingest_handler.handle, {"Records": records}, deliver, [versions], later)
    report(kill_everywhere(scene, scenario), capsys)


def test_load_may_be_killed_anywhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """SQS delivers the batch again, and corrected, copied, overlapping, late and refused files are treated as usual."""
    scene.load(**{"leeds.csv": "morning", "york.csv": "york"})
    bodies = [
        scene.request(key, CONTENTS[name])
        for key, name in (
            ("new.csv", "equals"),
            ("new.csv", "some bad"),
            ("leeds.csv", "corrected day"),
            ("leeds.csv (later)", "day"),
            ("york (copy).csv", "york"),
            ("notes.txt", "gibberish"),
        )
    ]
    versions = scene.versions[-len(bodies) :]
    scene.save()
    scenario = Scenario(load_handler.handle, batch(bodies), lambda: scene.deliver(bodies), [versions])
    report(kill_everywhere(scene, scenario), capsys)


@pytest.mark.skipif("CAFE_SOAK_STEPS" not in os.environ, reason="make soak has the time")
def test_a_load_that_finds_parts_gone_may_be_killed_anywhere(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files of such a batch are loaded one by one, and those without parts are sent to ingest again."""
    bodies = scene.load(**{"leeds.csv": "morning"})
    bodies.append(scene.request("leeds.csv", CONTENTS["day"]))
    without_parts = scene.versions[-1]
    for key in scene.pipeline.keys(PROCESSED):
        if key.startswith("staged/"):
            scene.pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=key)
    scene.save()
    scenario = Scenario(load_handler.handle, batch(bodies), lambda: scene.deliver(bodies), [[without_parts]])
    fault_points = kill_everywhere(scene, scenario)
    assert "lambda: Invoke" in fault_points
    report(fault_points, capsys)
