"""A chain of cafes whose uploads, events, messages and functions do as a test says, and the clerk who watches."""

import json
import time
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import moto.s3.models
import psycopg2
import pytest

from tests.support.pipeline import HASH_KEY, PROCESSED, RAW, Pipeline
from tests.support.reference_ledger import Clerk, Content, Tables, Version
from tests.support.sql_loads import TABLES
from tests.support.warehouse_contents import differences, tables

PATIENCE = 10
"""Seconds in which the warehouse sees that a client is gone."""

Course = Sequence[Sequence[Version]]
"""Batches, one after the other."""


class Cafes:
    """Stores, buckets, queues, and books. Time stands still between uploads, so that a run is the same again."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it
        self._clock = pytest.MonkeyPatch()
        self._clock.setattr(moto.s3.models, "utcnow", lambda: self.now)
        pipeline.empty()
        self._tables = psycopg2.connect(pipeline.warehouse_url)
        self._tables.autocommit = True
        self.clerk = Clerk(bytes.fromhex(HASH_KEY))
        self.is_versioned = True
        self.has_ties = False
        """Whether uploads to one key may be of one second; then every event has its sequencer."""
        self.versions: dict[tuple[str, str, datetime], Version] = {}
        """By key, version id and second."""
        self.events: list[dict[str, Any]] = []
        self.announced: set[int] = set()
        """Places of the events that ingest has had."""
        self.messages: list[str] = []
        self.waiting: set[int] = set()
        """Places of the messages that load has not had."""
        self._archived: set[str] = set()
        self.is_tidy = True
        """Whether no crash has left parts behind."""

    def close(self) -> None:
        """Give the clock back."""
        self._clock.undo()
        self._tables.close()

    def make_raw_bucket(self, *, is_versioned: bool) -> None:
        """Make an empty raw bucket in the place of another, which keeps versions or does not."""
        s3 = self.pipeline.clients.s3
        s3.delete_bucket(Bucket=RAW)
        s3.create_bucket(Bucket=RAW, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        if is_versioned:
            s3.put_bucket_versioning(Bucket=RAW, VersioningConfiguration={"Status": "Enabled"})
        self.is_versioned = is_versioned

    def upload(self, key: str, content: Content, seconds: int) -> None:
        """Upload a file so many seconds after the last one; without ties, never in the same one."""
        self.now += timedelta(seconds=seconds or not self.has_ties, milliseconds=1)
        s3 = self.pipeline.clients.s3
        stored = s3.put_object(Bucket=RAW, Key=key, Body=content.data)
        version_id = stored.get("VersionId", "")
        modified = s3.head_object(Bucket=RAW, Key=key)["LastModified"].replace(tzinfo=None)
        number = len(self.events)
        self.versions[key, version_id, modified] = Version(number, key, content, version_id, modified)
        item = {"key": quote_plus(key), "eTag": stored["ETag"].strip('"'), "sequencer": f"{number:016X}"}
        item |= {"versionId": version_id} if version_id else {}
        self.events.append({"eventName": "ObjectCreated:Put", "s3": {"object": item}})

    def announce(self, places: Sequence[int], *, bare: bool = False) -> None:
        """Deliver events, with their sequencers or without, and take what ingest asks for."""
        records = [deepcopy(self.events[place]) for place in places]
        objects = [record["s3"]["object"] for record in records]
        for found in objects if bare and not self.has_ties else ():
            del found["sequencer"]
        there = set(self.pipeline.versions(RAW))
        due = {
            json.dumps(found, sort_keys=True)
            for found in objects
            if (unquote_plus(found["key"]), found.get("versionId", "null")) in there
        }
        assert self.pipeline.ingest(*records) == {"requested": len(due)}
        self.announced |= set(places)
        self.take()

    def announce_all(self) -> None:
        """Deliver the events that ingest has not had."""
        self.announce([place for place in range(len(self.events)) if place not in self.announced])

    def announce_resent(self) -> None:
        """Deliver what load or sweep has sent to ingest again."""
        records = list(self.pipeline.resent)
        self.pipeline.resent.clear()
        if self.has_ties:
            versions = {record["s3"]["object"]["versionId"] for record in records}
            records = [event for event in self.events if event["s3"]["object"]["versionId"] in versions]
        self.pipeline.ingest(*records)
        self.take()

    def take(self) -> None:
        """Take the messages that are on the queue: they wait for a batch."""
        bodies = self.pipeline.take()
        self.waiting |= set(range(len(self.messages), len(self.messages) + len(bodies)))
        self.messages += bodies

    def load(self, places: Sequence[int]) -> None:
        """Load a batch of messages."""
        complete = self.complete(places)
        assert self.pipeline.load(self.bodies(places)) == []
        self.waiting -= set(places)
        self.agree([complete], one_by_one(complete))

    def deliver(self) -> None:
        """Let everything arrive, and compare what is kept where."""
        self.announce_all()
        while self.waiting or self.pipeline.resent:
            self.load(sorted(self.waiting))
            self.announce_resent()
        self._check_buckets()

    def bodies(self, places: Iterable[int]) -> list[str]:
        """Return messages."""
        return [self.messages[place] for place in places]

    def complete(self, places: Iterable[int]) -> list[Version]:
        """Return the versions whose parts are there; the others are settled, or sent to ingest again."""
        return [self._version(self.messages[place]) for place in self.with_parts(places)]

    def with_parts(self, places: Iterable[int]) -> list[int]:
        """Return those of some messages whose parts are there."""
        staged = set(self.pipeline.keys(PROCESSED))
        return [
            place for place in places if set(json.loads(self.messages[place])["parts"].values()) <= staged
        ]

    def _version(self, body: str) -> Version:
        source = json.loads(body)["source"]
        modified = datetime.fromisoformat(source["last_modified"])
        return self.versions[source["object_key"], source["version_id"], modified]

    def kept_raw(self) -> list[Version]:
        """Return the versions in the raw bucket, as they were uploaded."""
        there = set(self.pipeline.versions(RAW))
        return [
            version for version in self._readable() if (version.key, version.version_id or "null") in there
        ]

    def _readable(self) -> list[Version]:
        """Return what was not overwritten."""
        newest = {version.key: version for version in self.versions.values()}
        return list(self.versions.values() if self.is_versioned else newest.values())

    def empty_warehouse(self) -> None:
        """Delete all rows; the clerk forgets what a replay of the archive does not bring back."""
        for table in TABLES:
            self.rows(f"delete from {table}")
        self.clerk.rebuild()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, or none."""
        with self._tables.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def wait_for_the_warehouse(self) -> None:
        """Wait until the warehouse has seen that a killed client is gone."""
        deadline = time.monotonic() + PATIENCE
        while self.rows("select 1 from pg_stat_activity where application_name = 'cafe-etl'"):
            assert time.monotonic() < deadline, "a session outlives its client"
            time.sleep(0.01)

    def agree(self, *courses: Course) -> None:
        """Compare all tables with the clerk's; of several courses that things may have taken one must explain them."""
        told = tables(self._tables)
        disagreements = []
        for course in courses:
            clerk = deepcopy(self.clerk)
            disagreement = self._disagreement(clerk, course, told)
            if not disagreement:
                self.clerk = clerk
                self._check_that_nothing_is_lost()
                return
            uploads = [[version.number for version in batch] for batch in course]
            disagreements.append(f"Uploads {uploads}: {disagreement}")
        pytest.fail("The clerk disagrees.\n" + "\n".join(disagreements))

    @staticmethod
    def _disagreement(clerk: Clerk, course: Course, told: Tables) -> str:
        """Let the clerk take a course; return what the tables say too much and too little."""
        known = {entry.file_id for entry in clerk.ledger}
        order = (row[:3] for row in sorted(told["load_files"], key=itemgetter(0)) if row[0] not in known)
        try:
            for batch in course:
                clerk.take(batch, order)
        except AssertionError as exc:
            return str(exc)
        return differences(told, clerk.tables())

    def _unsettled(self) -> list[Version]:
        """Return what is newer than all that is settled under its key."""
        current = {key: entry.version.number for key, entry in self.clerk.current.items()}
        return [version for version in self._readable() if version.number > current.get(version.key, -1)]

    def _check_that_nothing_is_lost(self) -> None:
        """Only what is committed, or older than what is, may have left the raw bucket."""
        assert set(self._unsettled()) <= set(self.kept_raw())

    def _check_buckets(self) -> None:
        """When all has arrived, the raw bucket holds what was refused, and the processed one the archive."""
        assert self.kept_raw() == self._unsettled()
        assert len(self.pipeline.versions(RAW)) == len(self.kept_raw())
        self._archived |= {
            f"archive/{entry.version.key}/{entry.version.content.sha256}-{entry.file_id}.csv.gz"
            for entry in self.clerk.ledger
            if entry.initial_status != "refused"
        }
        kept = self.pipeline.keys(PROCESSED)
        staged = {key for key in kept if key.startswith("staged/")}
        assert set(kept) - staged == self._archived
        assert not (self.is_tidy and staged)


def one_by_one(versions: Iterable[Version]) -> Course:
    """Return the course of a batch that failed as a whole."""
    return [[version] for version in versions]
