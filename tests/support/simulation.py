"""The simulation: uploads, events, messages and functions happen as a test orders; all tables are checked each time.

Uploads, events and messages are kept in lists for the whole run, so that a test can deliver each of them late, twice
or never. "Numbers" are positions in these lists.
"""

import json
import time
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import moto.s3.models
import pytest

from chalicelib.errors import IngestError
from chalicelib.model import LoadRequest
from chalicelib.parts import COPIED
from tests.support.pipeline import HASH_KEY, PROCESSED, RAW, Pipeline
from tests.support.reference_ledger import Entry, ReferenceLedger, Removal, Version, is_dated, numbering
from tests.support.reference_tables import Tables, expected_tables
from tests.support.sql_loads import TABLES
from tests.support.stand_in import driver_connection
from tests.support.stated_sales import Content
from tests.support.warehouse_contents import differences, tables

PATIENCE = 10
"""Seconds that the warehouse may take to notice that a client is gone."""

ERASURES = {"erase", "erase_rows"}
"""A whole erasure, and the part of it that is committed first."""

History = Sequence[Sequence[Version] | Removal]
"""Batches and removals that were committed one after the other. `[]` says that nothing was."""


class Simulation:
    """Stores, buckets, queues and the reference ledger. The clock moves only with uploads: runs can be repeated."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it
        self._clock = pytest.MonkeyPatch()
        self._clock.setattr(moto.s3.models, "utcnow", lambda: self.now)
        pipeline.empty()
        self._tables = driver_connection(pipeline.warehouse_url)
        self._tables.autocommit = True
        self.reference_ledger = ReferenceLedger()
        self.is_versioned = True
        self.has_ties = False
        """Whether uploads to one key may be of one second; then every event has its sequencer."""
        self.versions: dict[tuple[str, str, datetime], Version] = {}
        """By key, version id and second."""
        self.events: list[dict[str, Any]] = []
        self.announced: set[int] = set()
        """Numbers of the events that ingest has received."""
        self.messages: list[str] = []
        self.waiting: set[int] = set()
        """Numbers of the messages that load has not finished."""
        self._accounted: set[int] = set()
        """Numbers of the uploads that may leave the raw bucket: the ledger has had a row that accounts for them."""
        self._erased: set[int] = set()
        """Numbers of the uploads that were erased, whatever becomes of the ledger."""
        self._archived: set[tuple[int, str, str]] = set()
        """file_id, key and digest of each copy in the archive."""
        self.is_tidy = True
        """Whether all staged parts have to go in the end: a killed function may leave some behind."""

    def close(self) -> None:
        """Restore S3's clock, and close the connection to the warehouse."""
        self._clock.undo()
        self._tables.close()

    def make_raw_bucket(self, *, is_versioned: bool) -> None:
        """Replace the raw bucket by an empty one, with versioning or without."""
        s3 = self.pipeline.clients.s3
        s3.delete_bucket(Bucket=RAW)
        s3.create_bucket(Bucket=RAW, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        if is_versioned:
            s3.put_bucket_versioning(Bucket=RAW, VersioningConfiguration={"Status": "Enabled"})
        self.is_versioned = is_versioned

    def upload(self, key: str, content: Content, seconds: int) -> None:
        """Upload a file some seconds after the last one. Without ties, 0 seconds count as 1."""
        # The millisecond keeps moto's versions of one second in the order of their upload.
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

    def announce(self, numbers: Sequence[int], *, bare: bool = False) -> None:
        """Deliver events to ingest, with sequencers or bare, and receive the load requests that it sends."""
        records = [deepcopy(self.events[number]) for number in numbers]
        objects = [record["s3"]["object"] for record in records]
        for item in objects if bare and not self.has_ties else ():
            del item["sequencer"]
        existing = set(self.pipeline.versions(RAW))
        # Ingest sends one request for each distinct object that still exists, however often an event names it.
        expected = {
            json.dumps(item, sort_keys=True)
            for item in objects
            if (unquote_plus(item["key"]), item.get("versionId", "null")) in existing
        }
        assert self.pipeline.ingest(*records) == {"requested": len(expected)}
        self.announced |= set(numbers)
        self.receive()

    def announce_all(self) -> None:
        """Deliver the events that ingest has not received."""
        self.announce([number for number in range(len(self.events)) if number not in self.announced])

    def ingest_reingests(self) -> None:
        """Deliver the records that load or sweep has sent to ingest again."""
        records = list(self.pipeline.reingests)
        self.pipeline.reingests.clear()
        # A reingest has no sequencer. Where versions share a second, S3's own events are delivered instead.
        if self.has_ties:
            versions = {record["s3"]["object"]["versionId"] for record in records}
            records = [event for event in self.events if event["s3"]["object"]["versionId"] in versions]
        self.pipeline.ingest(*records)
        self.receive()

    def receive(self) -> None:
        """Receive the messages that are on the queue; they wait for a batch."""
        bodies = self.pipeline.take()
        self.waiting |= set(range(len(self.messages), len(self.messages) + len(bodies)))
        self.messages += bodies

    def announce_beside(self, numbers: Sequence[int], junk: Any) -> None:
        """Deliver events to ingest beside a record that is none: ingest fails in the end, when all are staged."""
        records = [deepcopy(self.events[number]) for number in numbers]
        with pytest.raises(IngestError):
            self.pipeline.ingest(*records[:1], junk, *records[1:])
        self.announced |= set(numbers)
        self.receive()

    def load(self, numbers: Sequence[int], junk: Sequence[str] = ()) -> None:
        """Load a batch of messages, before which come some that are no requests, and fail, and check all tables."""
        complete = self.complete(numbers)
        assert self.pipeline.load([*junk, *self.bodies(numbers)]) == list(range(len(junk)))
        self.waiting -= set(numbers)
        # If a part is missing, load takes the files of the batch one by one.
        self.check_tables([complete], one_by_one(complete))

    def deliver(self) -> None:
        """Deliver everything until nothing waits, and check both buckets."""
        self.announce_all()
        while self.waiting or self.pipeline.reingests:
            self.load(sorted(self.waiting))
            self.ingest_reingests()
        self._check_buckets()

    def bodies(self, numbers: Iterable[int]) -> list[str]:
        """Return the bodies of some messages."""
        return [self.messages[number] for number in numbers]

    def complete(self, numbers: Iterable[int]) -> list[Version]:
        """Return the versions that have the parts that they need; load drops the rest, or sends it to ingest again."""
        return [self._version(self.messages[number]) for number in self.with_parts(numbers)]

    def with_parts(self, numbers: Iterable[int]) -> list[int]:
        """Return the numbers of those messages whose parts are there, as far as they have rows."""
        staged = set(self.pipeline.keys(PROCESSED))
        return [number for number in numbers if _copied_parts(self.messages[number]) <= staged]

    def _version(self, body: str) -> Version:
        source = json.loads(body)["source"]
        modified = datetime.fromisoformat(source["last_modified"])
        return self.versions[source["object_key"], source["version_id"], modified]

    def raw_versions(self) -> list[Version]:
        """Return the versions in the raw bucket, in the order of their upload."""
        existing = set(self.pipeline.versions(RAW))
        return [
            version
            for version in self._not_overwritten()
            if (version.key, version.version_id or "null") in existing
        ]

    def _not_overwritten(self) -> list[Version]:
        """Return all uploads; without versioning, only the last one of each key."""
        newest = {version.key: version for version in self.versions.values()}
        return list(self.versions.values() if self.is_versioned else newest.values())

    def empty_warehouse(self) -> None:
        """Delete all rows; the reference ledger forgets those that a replay of the archive does not restore."""
        archived = set(self.pipeline.keys(PROCESSED))
        for entry in self.reference_ledger.entries:
            if not self._needs_copy(entry):
                entry.has_copy = entry.has_copy and _copy_of(entry.row_name) in archived
        for table in TABLES:
            self.rows(f"delete from {table}")
        self.reference_ledger.rebuild()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; none if it is no query."""
        with self._tables.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def wait_for_the_warehouse(self) -> None:
        """Wait until the warehouse has noticed that a killed client is gone: until then its locks stay."""
        deadline = time.monotonic() + PATIENCE
        while self.rows("select 1 from pg_stat_activity where application_name = 'cafe-etl'"):
            assert time.monotonic() < deadline, "a session outlives its client"
            time.sleep(0.01)

    def check_tables(self, *histories: History, is_halfway: bool = False) -> None:
        """Compare all tables with the reference ledger; one of the possible histories must explain them.

        A removal that is halfway may have deleted raw objects that the ledger has still to account for.
        """
        # A load of uploads 3 and 4 was killed -> [], [[3, 4]], [[3]] or [[3], [4]] may have been committed.
        contents = tables(self._tables)
        disagreements = []
        for history in histories:
            reference_ledger = deepcopy(self.reference_ledger)
            disagreement = self._disagreement(reference_ledger, history, contents)
            if not disagreement:
                self.reference_ledger = reference_ledger
                self._account(history)
                if not is_halfway:
                    self._check_that_nothing_is_lost()
                return
            uploads = [
                step if isinstance(step, Removal) else [version.number for version in step]
                for step in history
            ]
            disagreements.append(f"Uploads {uploads}: {disagreement}")
        pytest.fail(f"The reference ledger disagrees.\n{self._ledger_lines()}\n" + "\n".join(disagreements))

    def _ledger_lines(self) -> str:
        """Return a line for each entry of the reference ledger, so that a failure can be understood."""
        return "\n".join(
            f"{entry.file_id} upload {entry.version.number} {entry.version.key}: {entry.status}, "
            f"sales {entry.sales_file_id}, {len(entry.version.content.sales)} rows"
            for entry in self.reference_ledger.entries
        )

    @staticmethod
    def _disagreement(reference_ledger: ReferenceLedger, history: History, contents: Tables) -> str:
        """Let a reference ledger take a history; return the differences from the tables."""
        earlier = {entry.file_id for entry in reference_ledger.entries}
        number = numbering(row[:3] for row in sorted(contents["load_files"]) if row[0] not in earlier)
        try:
            for step in history:
                if isinstance(step, Removal):
                    reference_ledger.remove(step)
                else:
                    reference_ledger.take(step, number)
        except AssertionError as exc:
            return str(exc)
        return differences(contents, expected_tables(reference_ledger, bytes.fromhex(HASH_KEY)))

    def _account(self, history: History) -> None:
        """Remember which versions may leave the raw bucket after a history, whatever becomes of the ledger."""
        is_erasure = any(isinstance(step, Removal) and step.action in ERASURES for step in history)
        # An erasure takes refused versions along that a rebuilt ledger does not know.
        erased = self.reference_ledger.erased_keys if is_erasure else set()
        self._erased |= {version.number for version in self.versions.values() if version.key in erased}
        self._accounted |= self._erased | {
            version.number for version in self.versions.values() if self._is_accounted_for(version)
        }

    def _waiting_versions(self) -> list[Version]:
        """Return the versions that have to be in the raw bucket: those that are refused, or were never decided upon."""
        return [version for version in self._not_overwritten() if version.number not in self._accounted]

    def _is_accounted_for(self, version: Version) -> bool:
        """Tell whether the ledger accounts for a version, so that it may leave the raw bucket.

        Under a name with a day a newer file accounts for the older ones, too. Nobody needs a version that was erased.
        """
        return any(
            entry.version.number >= version.number
            for entry in self.reference_ledger.entries
            if entry.version.key == version.key and entry.status != "refused"
            if entry.version.name == version.name or (is_dated(version.key) and entry.status != "discarded")
        )

    def _check_that_nothing_is_lost(self) -> None:
        """Check that a version left the raw bucket only once the ledger accounted for it."""
        existing = set(self.raw_versions())
        missing = [version for version in self._waiting_versions() if version not in existing]
        assert [(version.number, version.key) for version in missing] == []

    def _check_buckets(self) -> None:
        """Check that only refused files are in the raw bucket, and all others in the archive."""
        assert self.raw_versions() == self._waiting_versions()
        assert len(self.pipeline.versions(RAW)) == len(self.raw_versions())
        entries = self.reference_ledger.entries
        self._archived |= {entry.row_name for entry in entries if entry.has_copy}
        # An erasure takes all copies of its key, those of files that a rebuilt ledger lacks among them.
        erased = {entry.version.key: entry.file_id for entry in entries if entry.status == "erased"}
        self._archived = {row for row in self._archived if row[0] > erased.get(row[1], 0)}
        keys = self.pipeline.keys(PROCESSED)
        staged = {key for key in keys if key.startswith("staged/")}
        copies = {_copy_of(row): row[0] for row in self._archived}
        assert sorted(set(keys) - staged - copies.keys()) == []
        needed = {entry.file_id for entry in entries if self._needs_copy(entry)}
        assert sorted(copy for copy, number in copies.items() if number in needed and copy not in keys) == []
        assert not (self.is_tidy and staged)

    def _needs_copy(self, entry: Entry) -> bool:
        """Tell whether the archive must have a copy of a file, unless it was refused.

        A file that arrived superseded may lose its parts and its raw object before it is archived: nobody needs it.
        Of a closed day nothing is lost if the next upload overwrites it meanwhile, in a bucket without versions; or if
        its message comes again after it was erased, and the ledger, made anew, does not know that.
        """
        may_be_gone = not self.is_versioned or entry.version.number in self._erased
        return entry.initial_status != "superseded" and (bool(entry.version.content.sales) or not may_be_gone)


def one_by_one(versions: Iterable[Version]) -> History:
    """Return the history of a batch whose files were loaded one by one, since the whole batch could not be."""
    return [[version] for version in versions]


def _copy_of(row: tuple[int, str, str]) -> str:
    """Return the key of a file's copy in the archive, by its number, key and digest."""
    number, key, sha256 = row
    return f"archive/{key}/{sha256}-{number}.csv.gz"


def _copied_parts(body: str) -> set[str]:
    """Return the keys of the parts that COPY reads for a load request: those that have rows."""
    request = LoadRequest.from_json(body)
    return {getattr(request.parts, part.name) for part in COPIED if request.rows_of(part.name)}
