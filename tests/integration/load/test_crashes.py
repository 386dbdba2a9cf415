"""Whatever ends a function, and wherever: what comes again ends in the state that a clerk counts.

Functions are killed, as processes of their own, right before and right after every statement that they send and every
AWS call that they make. A run without a kill tells which these are.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import moto.s3.models
import psycopg2
import pytest

from chalicelib.ingest import handler as ingest_handler
from chalicelib.load import handler as load_handler
from local.cloud import moto_backends, snapshot
from tests.support.fault_injection import Event, Function, batch, run
from tests.support.fault_points import Kill
from tests.support.overlapping_files import CONTENTS
from tests.support.pipeline import HASH_KEY, PROCESSED, RAW, Pipeline
from tests.support.reference_ledger import Clerk, Content, Version
from tests.support.sql_loads import TABLES
from tests.support.warehouse_contents import differences, tables


@dataclass
class Scenario:
    """An event during which a function is killed, and what is right when it came again."""

    function: Function
    event: Event
    deliver: Callable[[], None]
    """Brings the event again, and whatever follows from it."""
    batches: list[list[Version]]
    """What is loaded then, in this order."""


class Scene:
    """A pipeline with some files loaded, others on their way, to which a test returns after each kill."""

    def __init__(self, pipeline: Pipeline, folder: Path, connection: Any) -> None:
        self.pipeline = pipeline
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it
        self.clerk = Clerk(bytes.fromhex(HASH_KEY))
        self.versions: list[Version] = []
        self._folder = folder
        self._connection = connection

    def put(self, key: str, content: Content) -> dict[str, Any]:
        """Upload a file a minute after the one before; return the record that S3 sends of it."""
        self.now += timedelta(minutes=1)
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
        told = sorted(tables(self._connection)["load_files"])
        self.clerk.take(self.versions[-len(names) :], ((row[0], row[1], row[2]) for row in told))
        return bodies

    def keep(self) -> None:
        """Keep tables and buckets as they are now."""
        snapshot.save(self._folder, [])
        for table in TABLES:
            self._execute(f"create table saved.{table} as select * from {table}")

    def restore(self) -> None:
        """Make tables and buckets what they were."""
        for bucket in moto_backends.buckets().values():
            for key in list(bucket.keys):
                bucket.keys.pop(key)
        snapshot.load(self._folder)
        self.pipeline.resent.clear()
        copies = [f"insert into {table} select * from saved.{table}" for table in TABLES]
        self._execute("; ".join([f"truncate {', '.join(TABLES)}", *copies]))

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def deliver(self, bodies: Sequence[str]) -> None:
        """Load a batch of messages, and what is ingested again because of it."""
        assert self.pipeline.load(list(bodies)) == []
        while self.pipeline.resent:
            records = list(self.pipeline.resent)
            self.pipeline.resent.clear()
            self.pipeline.ingest(*records)
            assert self.pipeline.load(self.pipeline.take()) == []

    def check(self, batches: Sequence[Sequence[Version]]) -> None:
        """Compare all tables and buckets with what a clerk makes of the batches."""
        told = tables(self._connection)
        clerk = deepcopy(self.clerk)
        new = iter(sorted(told["load_files"])[len(clerk.ledger) :])
        order = ((file_id, key, sha256) for file_id, key, sha256, *_ in new)
        for versions in batches:
            clerk.take(versions, order)
        assert differences(told, clerk.tables()) == ""
        self._check_buckets(clerk)

    def _check_buckets(self, clerk: Clerk) -> None:
        refused = [(version.key, version.version_id) for version in self.versions if version.content.reason]
        assert sorted(self.pipeline.versions(RAW)) == sorted(refused)
        archived = [
            f"archive/{entry.version.key}/{entry.version.content.sha256}-{entry.file_id}.csv.gz"
            for entry in clerk.ledger
            if entry.initial_status != "refused"
        ]
        kept = [key for key in self.pipeline.keys(PROCESSED) if not key.startswith("staged/")]
        assert sorted(kept) == sorted(archived)


pytestmark = pytest.mark.timeout(900)
"""There are many points."""


@pytest.fixture
def scene(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene of which nothing is left when the test is over."""
    connection = psycopg2.connect(pipeline.warehouse_url)
    connection.autocommit = True
    scene = Scene(pipeline, tmp_path / "kept", connection)
    monkeypatch.setattr(moto.s3.models, "utcnow", lambda: scene.now)
    with connection.cursor() as cursor:
        cursor.execute("create schema saved")
        yield scene
        cursor.execute("drop schema saved cascade")
    connection.close()


def kill_everywhere(scene: Scene, scenario: Scenario) -> list[str]:
    """Kill a function before and after each of its points; return them."""
    environment = scene.pipeline.environment
    scene.restore()
    points = run(scenario.function, scenario.event, environment).points
    for number in range(1, len(points) + 1):
        for after in (False, True):
            scene.restore()
            killed = run(scenario.function, scenario.event, environment, kill=Kill(number, after))
            assert killed.was_killed
            scenario.deliver()
            try:
                scene.check(scenario.batches)
            except AssertionError as exc:
                where = f"killed {'after' if after else 'before'} point {number}, {killed.points[-1]}"
                raise AssertionError(f"{where}: {exc}") from exc
    return points


def report(points: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Print how many points there were."""
    with capsys.disabled():
        print(f"\n{len(points)} points, killed before and after each: {2 * len(points)} runs")  # noqa: T201


def test_ingest_may_be_killed_anywhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """S3's event comes again: whatever was requested twice by then counts once."""
    scene.load(**{"leeds.csv": "morning"})
    names = {"leeds.csv": "day", "york.csv": "some bad", "notes.txt": "gibberish"}
    records = [scene.put(key, CONTENTS[name]) for key, name in names.items()]
    versions = scene.versions[-len(records) :]
    scene.keep()

    def deliver() -> None:
        scene.pipeline.ingest(*records)
        scene.deliver(scene.pipeline.take())

    scenario = Scenario(ingest_handler.handle, {"Records": records}, deliver, [versions])
    report(kill_everywhere(scene, scenario), capsys)


def test_load_may_be_killed_anywhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """The batch comes again: corrected, copied, overlapping, late and refused files are what they would have been."""
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
    scene.keep()
    scenario = Scenario(load_handler.handle, batch(bodies), lambda: scene.deliver(bodies), [versions])
    report(kill_everywhere(scene, scenario), capsys)


@pytest.mark.skipif("CAFE_SOAK_STEPS" not in os.environ, reason="make soak has the time")
def test_a_load_that_finds_parts_gone_may_be_killed_anywhere(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files of a batch are loaded one by one then, and what is gone is ingested again."""
    bodies = scene.load(**{"leeds.csv": "morning"})
    bodies.append(scene.request("leeds.csv", CONTENTS["day"]))
    lost = scene.versions[-1]
    for key in scene.pipeline.keys(PROCESSED):
        if key.startswith("staged/"):
            scene.pipeline.clients.s3.delete_object(Bucket=PROCESSED, Key=key)
    scene.keep()
    scenario = Scenario(load_handler.handle, batch(bodies), lambda: scene.deliver(bodies), [[lost]])
    points = kill_everywhere(scene, scenario)
    assert "lambda: Invoke" in points
    report(points, capsys)
