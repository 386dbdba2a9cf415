"""The files that a replay may load: archive copies, or versions in the raw bucket. Each can be staged again."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from chalicelib.ingest.handler import fetched_hash_key
from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.staging import Staging
from chalicelib.load.decisions import StoreDays
from chalicelib.model import LoadRequest, SourceVersion, Status
from chalicelib.operations.restaging import restage
from chalicelib.operations.selection import Selection
from chalicelib.settings import Settings
from chalicelib.storage.archive import load_order, object_key
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import is_possible_key


class StagedFile(NamedTuple):
    """A candidate that was staged again."""

    request: LoadRequest
    store_days: StoreDays
    """The stores and days of which it states sales, for a dry run."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An archive copy or a raw object that may be replayed."""

    place: str
    """Its place in the order of loading; versions of a key from one second have the same place."""
    file_id: int
    """The `file_id` of a copy; 0 for a raw object."""
    object_key: str
    stage: Callable[[], StagedFile | None]
    """Stages it; returns None if it is gone, or not selected after all."""


def candidates(selection: Selection, buckets: Buckets, settings: Settings) -> list[Candidate]:
    """Return the candidates of a selection after its last page, in the order of loading."""
    listed = (
        _copies(selection, buckets, settings)
        if selection.source == "archive"
        else _raw_objects(selection, buckets, settings)
    )
    # Places sort as text: "00000000000000000017 archive/…" or "2021-08-25T19:00:01 leeds.csv"
    return sorted((item for item in listed if item.place > selection.after), key=attrgetter("place"))


def _copies(selection: Selection, buckets: Buckets, settings: Settings) -> Iterator[Candidate]:
    for archive_key in buckets.archive.keys(selection.prefix):
        file_id, _ = load_order(archive_key)
        stage = partial(_stage_copy, archive_key, selection, buckets, settings)
        yield Candidate(f"{file_id:020} {archive_key}", file_id, object_key(archive_key), stage)


def _raw_objects(selection: Selection, buckets: Buckets, settings: Settings) -> Iterator[Candidate]:
    """Yield the versions in the raw bucket; of one second the older one first, which S3 lists last."""
    for version in reversed(list(buckets.raw.versions(selection.prefix))):
        if selection.takes(version) and is_possible_key(version.object_key):
            stage = partial(_stage_raw, version, selection, buckets, settings)
            place = f"{version.last_modified.isoformat()} {version.object_key}"
            yield Candidate(place, 0, version.object_key, stage)


def _stage_copy(
    archive_key: str, selection: Selection, buckets: Buckets, settings: Settings
) -> StagedFile | None:
    """Stage a copy again. A file that was superseded when it arrived has no sales to load.

    Its customer hashes, and their `hash_key_id`, are those of the copy; the sale keys are made anew under today's hash
    key.
    """
    with buckets.archive.open(archive_key) as (copy, text):
        if copy.archived_status is Status.SUPERSEDED or not selection.takes(copy.source):
            return None
        with Staging(secrets.randbits(63), fetched_hash_key(settings.hash_key_secret)) as staging:
            restage(text, staging)
            request = staging.request(
                copy.source,
                content_sha256=copy.content_sha256,
                hash_key_id=copy.hash_key_id,
                reading=copy.reading,
                remarks=copy.remarks,
                archived_file_id=copy.file_id,
            )
            is_withdrawn = copy.archived_status is Status.WITHDRAWN
            return _written(replace(request, is_withdrawn=is_withdrawn), staging, selection, buckets)


def _stage_raw(
    version: SourceVersion, selection: Selection, buckets: Buckets, settings: Settings
) -> StagedFile | None:
    """Stage a raw object as `ingest` does: a file that was refused is read again."""
    with buckets.raw.open(
        version.object_key,
        version_id=version.version_id,
        etag=version.etag,
        sequencer="",
        max_bytes=settings.rules.max_file_bytes,
    ) as raw:
        if raw is None:
            return None
        with Staging(secrets.randbits(63), fetched_hash_key(settings.hash_key_secret)) as staging:
            request = staged_request(raw, staging, settings.rules)
            return _written(request, staging, selection, buckets)


def _written(
    request: LoadRequest, staging: Staging, selection: Selection, buckets: Buckets
) -> StagedFile | None:
    """Write the parts unless this is a dry run; return None if the file has no sales of the selected store."""
    if not selection.takes_stores(staging.stores.keys()):
        return None
    if not selection.dry_run:
        buckets.staged.write_all(request, staging.packed)
    return StagedFile(request, staging.store_days)
