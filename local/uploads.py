"""Upload files to a local cloud, and wait for their outcomes in the ledger."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from chalicelib.people.quantities import quantity
from local import files, warehouse
from local.client import Clients
from local.cloud.resources import names
from local.control import ask
from local.state import State

POLL_SECONDS: Final = 0.1
LEDGER: Final = """
    select
        file_id, object_key, content_sha256, version_id, rows_loaded, rows_rejected, items, total, status,
        sentence, remarks
    from load_files
    where object_key in %s
    order by file_id desc
"""
NEWEST: Final = "select coalesce(max(file_id), 0) as file_id from load_files"


class Outcome(IntEnum):
    """The outcome of a file. The greatest outcome of all files is the exit code."""

    LOADED = 0
    REFUSED = 1
    UNUSABLE = 2
    """The file could not be uploaded: it does not exist, for example."""
    UNDECIDED = 3


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded, and the version of the object that it became."""

    path: Path
    key: str
    version_id: str
    sha256: str


@dataclass(frozen=True)
class Result:
    """The outcome of an upload, with a sentence for people and a loaded file's remarks."""

    upload: Upload
    outcome: Outcome
    sentence: str
    remarks: str = ""


class Uploads:
    """Uploads to a running cloud, and their results."""

    def __init__(self, state: State) -> None:
        """Remember the newest file and the failures so far; later ones belong to these uploads."""
        run = state.running()
        self._logs = state.logs
        self._run = run
        self._names = names(run.stage)
        self._s3 = Clients.of(run).s3
        [newest] = warehouse.rows(run.warehouse, NEWEST)
        self._newest_file_id: int = newest["file_id"]
        self._failures_before = self._failures(self._status())
        self._pending: list[Upload] = []

    def add(self, path: Path, key: str) -> None:
        """Upload a file under a key; raise `UsageError` if it cannot be read."""
        self.add_content(path, key, files.read(path))

    def add_content(self, path: Path, key: str, body: bytes) -> None:
        """Upload the bytes of a file that need not be on the disk."""
        response = self._s3.put_object(Bucket=self._names.raw_bucket, Key=key, Body=body)
        sha256 = hashlib.sha256(body).hexdigest()
        self._pending.append(Upload(path, key, response["VersionId"], sha256))

    @contextmanager
    def without_events(self) -> Iterator[None]:
        """Upload as if S3 lost its events: the files wait in the raw bucket, and nobody is told."""
        with without_events(self._s3, self._names.raw_bucket):
            yield

    def results(self, timeout: float) -> Iterator[Result]:
        """Yield each result as soon as it is known. At the timeout, or if no work is left, the others are undecided."""
        deadline = time.monotonic() + timeout
        while self._pending:
            is_over = time.monotonic() > deadline
            status = self._status()
            results = list(self._decided(is_idle=status["idle"]))
            yield from results
            decided = {result.upload for result in results}
            self._pending = [upload for upload in self._pending if upload not in decided]
            if is_over or status["idle"]:
                reason = f"undecided after {timeout:g} s" if is_over else self._reason(status)
                yield from (Result(upload, Outcome.UNDECIDED, reason) for upload in self._pending)
                return
            time.sleep(POLL_SECONDS if self._pending else 0)

    def _status(self) -> dict[str, Any]:
        return ask(self._run, "status")

    def _reason(self, status: dict[str, Any]) -> str:
        """Return why no work is left: which functions gave up since the start, and where their logs are.

        With LOAD_MINUTES a request waits until somebody invokes `load`.
        """
        if status["queues"].get(self._names.load_queue):
            return (
                "undecided: it waits for the next load;"
                f" `chalice invoke --stage {self._run.stage} -n load` loads it now"
            )
        failures = self._failures(status)
        functions = [name for name, count in failures.items() if count > self._failures_before.get(name, 0)]
        if not functions:
            return f"undecided: no function works on it; see {self._logs}"
        logs = " and ".join(str(self._logs / f"{name}.log") for name in functions)
        return f"undecided: {' and '.join(functions)} gave up; see {logs}"

    def _failures(self, status: dict[str, Any]) -> dict[str, int]:
        """Return the number of events or messages that each function gave up."""
        # An event that is given up is counted; a message that `load` gave up is in the dead-letter queue.
        dead_letters = status["queues"].get(self._names.load_dead_letters, 0)
        return {**status["given_up_notifications"], self._names.function("load"): dead_letters}

    def _decided(self, *, is_idle: bool) -> Iterator[Result]:
        """Yield a result for each upload that the ledger has refused, or that is gone from the raw bucket."""
        raw_versions = self._raw_versions()
        keys = [upload.key for upload in self._pending]
        ledger = warehouse.rows(self._run.warehouse, LEDGER, (tuple(keys),))
        for upload in self._pending:
            entry = _entry(ledger, upload)
            if entry is None:
                continue
            if entry["status"] == "refused":
                # The entry may belong to an earlier upload of the same content: then wait until no work is left.
                if entry["version_id"] == upload.version_id or is_idle:
                    yield Result(upload, Outcome.REFUSED, f"refused: {entry['sentence']}")
            elif upload.version_id not in raw_versions:
                yield self._loaded(entry, upload)

    def _raw_versions(self) -> set[str]:
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._names.raw_bucket)
        return {version["VersionId"] for page in pages for version in page.get("Versions", [])}

    def _loaded(self, entry: dict[str, Any], upload: Upload) -> Result:
        is_new = entry["file_id"] > self._newest_file_id and entry["version_id"] == upload.version_id
        if entry["status"] == "duplicate":
            sentence = f"duplicate: {entry['sentence']}"
        elif not is_new:
            sentence = "duplicate: the same content is already loaded under this name"
        elif entry["status"] == "superseded":
            sentence = "loaded, and replaced by a newer file"
        else:
            return Result(upload, Outcome.LOADED, _figures(entry), entry["remarks"])
        return Result(upload, Outcome.LOADED, sentence)


@contextmanager
def without_events(s3: Any, bucket: str) -> Iterator[None]:
    """Take a bucket's notification away, and put it back at the end."""
    response = s3.get_bucket_notification_configuration(Bucket=bucket)
    notification = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=notification)


def _entry(ledger: list[dict[str, Any]], upload: Upload) -> dict[str, Any] | None:
    """Return the ledger's row of this version, else the newest row of the same content under the same key."""
    rows = [row for row in ledger if row["object_key"] == upload.key]
    # The digest of a refused file may be another than that of its bytes: of one too large, for example.
    of_version = [row for row in rows if row["version_id"] == upload.version_id]
    of_content = [row for row in rows if row["content_sha256"] == upload.sha256]
    return next(iter([*of_version, *of_content]), None)


def _figures(entry: dict[str, Any]) -> str:
    """Return a loaded file's figures, such as `loaded (15 sales, 28 items, 72.60, 1 row rejected)`."""
    figures = [quantity(entry["rows_loaded"], "sale"), quantity(entry["items"], "item"), str(entry["total"])]
    if entry["rows_rejected"]:
        figures.append(f"{quantity(entry['rows_rejected'], 'row')} rejected")
    return f"loaded ({', '.join(figures)})"
