"""Files on their way into the warehouse: upload them, then watch the ledger for what became of each."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from chalicelib.people.quantities import quantity
from local import files, warehouse
from local.client import Clients, ask
from local.cloud.resources import names
from local.state import State

POLL_SECONDS: Final = 0.1
LEDGER: Final = """
    select
        file_id, object_key, content_sha256, version_id, rows_loaded, rows_rejected, items, total, status,
        sentence, remarks
    from load_files
    where object_key = any(%s)
    order by file_id desc
"""
NEWEST: Final = "select coalesce(max(file_id), 0) as file_id from load_files"


class Outcome(IntEnum):
    """The outcome of a file. The greatest one of all files is the exit code."""

    LOADED = 0
    REFUSED = 1
    UNUSABLE = 2
    """It was not uploaded, for example since it is not there."""
    UNDECIDED = 3


@dataclass(frozen=True)
class Upload:
    """One version of an object that has been written."""

    path: Path
    key: str
    version_id: str
    sha256: str


@dataclass(frozen=True)
class Result:
    """The outcome of an upload, as a line for people; for a loaded file with its remarks."""

    upload: Upload
    outcome: Outcome
    sentence: str
    remarks: str = ""


class Uploads:
    """What has been uploaded to a running cloud since this object was made."""

    def __init__(self, state: State) -> None:
        """Note how things stand before the first upload."""
        run = state.running()
        self._logs = state.logs
        self._endpoint, self._warehouse = run.endpoint, run.warehouse
        self._names = names(run.stage)
        self._s3 = Clients(run.endpoint).s3
        [newest] = warehouse.rows(run.warehouse, NEWEST)
        self._newest_file_id: int = newest["file_id"]
        self._given_up_before: Mapping[str, int] = self._status()["given_up_notifications"]
        self._pending: list[Upload] = []

    def add(self, path: Path, key: str) -> None:
        """Upload a file under a key; raise `UsageError` if it cannot be read."""
        body = files.read(path)
        response = self._s3.put_object(Bucket=self._names.raw_bucket, Key=key, Body=body)
        sha256 = hashlib.sha256(body).hexdigest()
        self._pending.append(Upload(path, key, response["VersionId"], sha256))

    def results(self, timeout: float) -> Iterator[Result]:
        """Yield each result as soon as it is there, and the rest as undecided at the timeout or when nothing moves."""
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
        return ask(self._endpoint, "status")

    def _reason(self, status: dict[str, Any]) -> str:
        """Return which function gave up, and its log. Events that `load` gave up are messages, and not counted."""
        functions = [
            function
            for function, count in status["given_up_notifications"].items()
            if count > self._given_up_before.get(function, 0)
        ] or [self._names.function("load")]
        logs = ", ".join(str(self._logs / f"{function}.log") for function in functions)
        return f"undecided: {' and '.join(functions)} gave up; see {logs}"

    def _decided(self, *, is_idle: bool) -> Iterator[Result]:
        """Yield a result for each upload that is gone from the raw bucket, or refused in the ledger."""
        raw_versions = self._raw_versions()
        keys = [upload.key for upload in self._pending]
        ledger = warehouse.rows(self._warehouse, LEDGER, (keys,))
        for upload in self._pending:
            entry = _entry(ledger, upload)
            if entry is None:
                continue
            if entry["status"] == "refused":
                # The entry may be that of an earlier upload of this content: wait until this one has been looked at.
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


def _entry(ledger: list[dict[str, Any]], upload: Upload) -> dict[str, Any] | None:
    """Return the ledger's row on this version, or the newest on the same content under the same key."""
    rows = [
        row for row in ledger if row["object_key"] == upload.key and row["content_sha256"] == upload.sha256
    ]
    of_version = [row for row in rows if row["version_id"] == upload.version_id]
    return next(iter([*of_version, *rows]), None)


def _figures(entry: dict[str, Any]) -> str:
    """Return a loaded file's figures, such as `loaded (15 sales, 28 items, 72.60, 1 row rejected)`."""
    figures = [quantity(entry["rows_loaded"], "sale"), quantity(entry["items"], "item"), str(entry["total"])]
    if entry["rows_rejected"]:
        figures.append(f"{quantity(entry['rows_rejected'], 'row')} rejected")
    return f"loaded ({', '.join(figures)})"
