"""`put`: upload files and wait until each is loaded and archived, a duplicate, or refused."""

import hashlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from local import warehouse
from local.client import Clients, ask
from local.cloud.resources import names
from local.errors import UsageError
from local.state import Run, State

TIMEOUT_SECONDS: Final = 120.0
GAVE_UP = "undecided: its functions gave up, see the logs"
POLL_SECONDS = 0.1
LEDGER = """
    select file_id, object_key, content_sha256, version_id, rows_loaded, rows_rejected, items, total, status, sentence
    from load_files
    where object_key = any(%s)
    order by file_id desc
"""
NEWEST = "select coalesce(max(file_id), 0) as file_id from load_files"


class Outcome(IntEnum):
    """What became of a file; the greatest of all files is the exit code."""

    LOADED = 0
    REFUSED = 1
    UNDECIDED = 3


@dataclass(frozen=True)
class Upload:
    """One version of an object that `put` has written."""

    path: Path
    key: str
    version_id: str
    sha256: str
    ledger_before: int
    """The newest file_id before the upload."""


@dataclass(frozen=True)
class Settled:
    """What became of an upload, in words."""

    upload: Upload
    outcome: Outcome
    words: str


@click.command("put", epilog="Example: python -m local put samples/*.csv")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=Path)
@click.option("--key", help="Upload one file under this key instead of its name.")
@click.option("--timeout", type=float, default=TIMEOUT_SECONDS, metavar="SECONDS", help="How long to wait.")
@click.pass_obj
def command(folder: Path, files: tuple[Path, ...], key: str | None, timeout: float) -> int:
    """Upload files and wait until they are loaded.

    A line says what became of each file. The exit code is 0 if all are loaded, 1 if one is refused,
    3 if the cloud came to no decision on one.
    """
    return put(State.open(folder).running(), list(files), key, timeout)


def put(run: Run, paths: list[Path], key: str | None, timeout: float) -> int:
    """Upload the files and print a line on each as soon as it is settled."""
    _check(paths, key)
    bucket, clients = names(run.stage).raw_bucket, Clients(run.endpoint)
    [ledger] = warehouse.rows(run.warehouse, NEWEST)
    uploads = [_upload(clients, bucket, path, key or path.name, ledger["file_id"]) for path in paths]
    worst = Outcome.LOADED
    with tqdm(total=len(uploads), unit="file", leave=False, disable=None) as bar:
        for settled in _watch(run, bucket, clients, uploads, timeout):
            bar.update()
            tqdm.write(f"{settled.upload.path.name}: {settled.words}", file=sys.stdout)
            sys.stdout.flush()
            worst = max(worst, settled.outcome)
    return worst


def _check(paths: list[Path], key: str | None) -> None:
    if key is not None and len(paths) > 1:
        raise UsageError("--key names one object: give one file with it.")
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path} is not a file; nothing has been uploaded.")


def _upload(clients: Clients, bucket: str, path: Path, key: str, ledger_before: int) -> Upload:
    body = path.read_bytes()
    version_id = clients.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
    return Upload(path, key, version_id, hashlib.sha256(body).hexdigest(), ledger_before)


def _watch(
    run: Run, bucket: str, clients: Clients, uploads: list[Upload], timeout: float
) -> Iterator[Settled]:
    """Yield each upload when it is settled: as undecided at the timeout, or when nothing moves any more."""
    deadline = time.monotonic() + timeout
    waiting = list(uploads)
    while waiting:
        is_over = time.monotonic() > deadline
        is_idle = ask(run.endpoint, "status")["idle"]
        settled = list(_settled(run, bucket, clients, waiting, is_idle=is_idle))
        yield from settled
        waiting = [upload for upload in waiting if upload not in [one.upload for one in settled]]
        if waiting and (is_over or is_idle):
            words = f"undecided after {timeout:g} s" if is_over else GAVE_UP
            yield from (Settled(upload, Outcome.UNDECIDED, words) for upload in waiting)
            return
        time.sleep(POLL_SECONDS if waiting else 0)


def _settled(
    run: Run, bucket: str, clients: Clients, uploads: list[Upload], *, is_idle: bool
) -> Iterator[Settled]:
    """Yield what is settled: gone from the raw bucket, or refused in the ledger."""
    there = _versions(clients, bucket)
    ledger = warehouse.rows(run.warehouse, LEDGER, ([upload.key for upload in uploads],))
    for upload in uploads:
        entry = _entry(ledger, upload)
        if entry is None:
            continue
        if (
            entry["status"] == "refused"
        ):  # known by an older upload, it is settled when nothing moves any more
            if entry["version_id"] == upload.version_id or is_idle:
                yield Settled(upload, Outcome.REFUSED, f"refused: {entry['sentence']}")
        elif upload.version_id not in there:
            yield Settled(upload, Outcome.LOADED, _words(entry, upload))


def _versions(clients: Clients, bucket: str) -> set[str]:
    pages = clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return {version["VersionId"] for page in pages for version in page.get("Versions", [])}


def _entry(ledger: list[dict[str, Any]], upload: Upload) -> dict[str, Any] | None:
    """Return the ledger's row on this version, or the newest on the same content under the same key."""
    rows = [
        row for row in ledger if row["object_key"] == upload.key and row["content_sha256"] == upload.sha256
    ]
    own = [row for row in rows if row["version_id"] == upload.version_id]
    return next(iter([*own, *rows]), None)


def _words(entry: dict[str, Any], upload: Upload) -> str:
    if entry["status"] == "duplicate":
        return f"duplicate: {entry['sentence']}"
    if entry["file_id"] <= upload.ledger_before or entry["version_id"] != upload.version_id:
        return "duplicate: the same content is already loaded under this name"
    if entry["status"] == "superseded":
        return "loaded, and replaced by a newer file"
    rejected = f", {entry['rows_rejected']:,} rows rejected" if entry["rows_rejected"] else ""
    return f"loaded ({entry['rows_loaded']:,} sales, {entry['items']:,} items, {entry['total']}{rejected})"
