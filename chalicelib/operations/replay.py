"""The replay of files that are archived, or still in the raw bucket: each is staged again and loaded, in order.

A replay goes page by page, since a function's time is short: each answer says where the next one begins.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from chalicelib.aws import client
from chalicelib.errors import UnexpectedError
from chalicelib.ingest.handler import fetched_hash_key
from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.staging import Staging
from chalicelib.load import handler as load_handler
from chalicelib.load.post_commit import FAILURES
from chalicelib.load.reconciliation import SETTLED
from chalicelib.model import LoadRequest, SourceVersion, Status
from chalicelib.operations import dry_run, smoke_cleanup
from chalicelib.operations.restaging import restage
from chalicelib.operations.selection import Selection
from chalicelib.people.notices import log_event
from chalicelib.settings import Settings
from chalicelib.storage.archive import object_key, turn
from chalicelib.storage.buckets import Storage

PAGE_FILES: Final = 200
BATCH_FILES: Final = 50
LONGEST_WORK: Final = 0.5
"""The part of the function's time after which no new batch is begun."""

FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A copy or a raw object that may be replayed."""

    place: str
    """Sorts as the files are loaded; versions of a key from one second have the same."""
    file_id: int
    """Of a copy; 0 of a raw object."""
    object_key: str
    stage: Callable[[], LoadRequest | None]
    """Stages it; None if it is not wanted, or gone."""


class Result(NamedTuple):
    """What became of a file, or would."""

    request: LoadRequest
    outcome: str
    sentence: str

    def told(self) -> dict[str, str | int]:
        """Return it as the answer has it."""
        request = self.request
        return {
            "object_key": request.source.object_key,
            "last_modified": request.source.last_modified.isoformat(),
            "outcome": self.outcome,
            "sentence": self.sentence,
            "sales": request.rows_read - request.rows_rejected,
            "rejected": request.rows_rejected,
            "items": request.items,
            "total": str(request.total),
        }


Load = Callable[[Sequence[LoadRequest]], list[Result]]


def handle(event: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Replay a page of files; return what became of each, and where the next page begins, empty if there is none.

    Or take the file of a smoke test out again.
    """
    if "withdraw" in event:
        return smoke_cleanup.handle(event)
    selection = Selection.from_event(event)
    settings = Settings.from_environment()
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    until = time.monotonic() + seconds * LONGEST_WORK
    sources = {"archive": _copies, "raw": _raw_objects}
    waiting = sorted(
        (
            found
            for found in sources[selection.source](selection, storage, settings)
            if found.place > selection.after
        ),
        key=lambda found: found.place,
    )
    page, after = _page(waiting)
    files: list[dict[str, Any]] = []
    done = ""
    with _loader(selection, storage, settings) as load:
        for batch in _batches(page):
            if done and time.monotonic() > until and batch[0].place > done:
                after = done
                break
            files += _replayed(batch, load)
            done = batch[-1].place
    log_event("replayed", source=selection.source, dry_run=selection.dry_run, files=len(files))
    return {"files": files, "after": after}


def _page(waiting: Sequence[Candidate]) -> tuple[Sequence[Candidate], str]:
    """Return the first files, and the place of the last of them if there are more; no place is parted."""
    end = PAGE_FILES
    while PAGE_FILES <= end < len(waiting) and waiting[end].place == waiting[end - 1].place:
        end += 1
    return waiting[:end], waiting[end - 1].place if end < len(waiting) else ""


def _copies(selection: Selection, storage: Storage, _settings: Settings) -> Iterator[Candidate]:
    """Yield the archive's copies by the order of loading."""
    for key in storage.archive.keys(selection.prefix):
        number, _ = turn(key)
        yield Candidate(
            f"{number:020} {key}", number, object_key(key), partial(_stage_copy, key, selection, storage)
        )


def _raw_objects(selection: Selection, storage: Storage, settings: Settings) -> Iterator[Candidate]:
    """Yield the versions in the raw bucket, the older one of a second first."""
    for found in reversed(list(storage.raw_versions(selection.prefix))):
        if selection.takes(found):
            stage = partial(_stage_raw, found, selection, storage, settings)
            place = f"{found.last_modified.isoformat()} {found.object_key}"
            yield Candidate(place, 0, found.object_key, stage)


def _stage_copy(key: str, selection: Selection, storage: Storage) -> LoadRequest | None:
    """Stage a copy again. What was superseded when it arrived stated nothing."""
    with storage.archive.open(key) as (copy, text):
        if copy.arrived_as is Status.SUPERSEDED or not selection.takes(copy.source):
            return None
        with Staging(secrets.randbits(63)) as staging:
            restage(text, staging)
            request = staging.request(
                copy.source,
                content_sha256=copy.content_sha256,
                hash_key_id=copy.hash_key_id,
                reading=copy.reading,
                remarks=copy.remarks,
                archived_file_id=copy.file_id,
            )
            return _handed_over(request, staging, selection, storage)


def _stage_raw(
    version: SourceVersion, selection: Selection, storage: Storage, settings: Settings
) -> LoadRequest | None:
    """Stage a raw object as ingest does: what was refused is read anew."""
    with storage.raw_object(
        version.object_key,
        version_id=version.version_id,
        etag=version.etag,
        sequencer="",
        max_bytes=settings.max_file_bytes,
    ) as raw:
        if raw is None:
            return None
        with Staging(secrets.randbits(63)) as staging:
            request = staged_request(raw, staging, fetched_hash_key(settings.hash_key_secret), settings.rules)
            return _handed_over(request, staging, selection, storage)


def _handed_over(
    request: LoadRequest, staging: Staging, selection: Selection, storage: Storage
) -> LoadRequest | None:
    """Write the parts, unless the file is not wanted, or nothing shall be done."""
    if not selection.takes_stores(staging.stores):
        return None
    contents = staging.finish()
    if not selection.dry_run:
        storage.write_parts(request.parts, contents)
    return request


def _batches(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Yield batches that are as good as their files one after the other: no key twice, no number twice."""
    batch: list[Candidate] = []
    for found in candidates:
        is_apart = found.object_key in {other.object_key for other in batch} or (
            bool(batch) and found.file_id == batch[-1].file_id > 0
        )
        if is_apart or len(batch) == BATCH_FILES:
            yield batch
            batch = []
        batch.append(found)
    if batch:
        yield batch


def _replayed(batch: Sequence[Candidate], load: Load) -> list[dict[str, Any]]:
    """Stage and load a batch; a copy that is damaged fails alone."""
    requests, files = [], []
    for found in batch:
        try:
            request = found.stage()
        except (*FAILURES, UnexpectedError) as exc:
            files.append({"object_key": found.object_key, "outcome": FAILED, "sentence": str(exc)})
        else:
            requests += [request] if request else []
    return [*files, *(result.told() for result in (load(requests) if requests else []))]


@contextmanager
def _loader(selection: Selection, storage: Storage, settings: Settings) -> Iterator[Load]:
    """Yield what loads a batch, or tells what a load would do."""
    if not selection.dry_run:
        yield partial(_load, storage, settings)
        return
    with dry_run.decisions(storage, settings) as decide:
        yield lambda requests: [
            Result(request, status, sentence or request.sentence)
            for request, (status, sentence) in decide(requests).items()
        ]


def _load(storage: Storage, settings: Settings, requests: Sequence[LoadRequest]) -> list[Result]:
    outcomes, errors = load_handler.settle(requests, storage, settings)
    done = [
        Result(outcome.request, SETTLED if outcome.settled_before else outcome.status, outcome.sentence)
        for outcome in outcomes
        if outcome.request not in errors
    ]
    return [*done, *(Result(request, FAILED, str(exc)) for request, exc in errors.items())]
