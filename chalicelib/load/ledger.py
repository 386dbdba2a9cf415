"""The ledger and requests: which of them it has settled, and what a load tells it of the others."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.errors import ReconciliationError
from chalicelib.model import LoadRequest, Outcome, SourceVersion, Status
from chalicelib.warehouse.connection import Warehouse

COLUMNS: Final = (
    "ingest_id",
    "object_key",
    "content_sha256",
    "version_id",
    "etag",
    "last_modified",
    "sequencer",
    "hash_key_id",
    "store_name",
    "rows_read",
    "rows_rejected",
    "items",
    "total",
    "reason",
    "sentence",
    "reading",
    "remarks",
    "loaded_at",
    "archived_file_id",
    "newest_of_second",
)
"""Of `stage_files`."""

UNASKED: Final = -1
"""For `newest_of_second`: the sequencers tell."""

QUESTION: Final = """
    select
        file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, status, reason, sentence,
        rows_loaded
    from load_files
    where content_sha256 in %s or object_key in %s
    order by file_id desc
"""


class Entry(NamedTuple):
    """What the ledger says of a version of a file."""

    file_id: int
    object_key: str
    content_sha256: str
    version_id: str
    etag: str
    last_modified: datetime
    sequencer: str
    status: Status
    reason: str
    sentence: str
    rows_loaded: int

    @property
    def marks(self) -> SourceVersion:
        """Which version it is, and how new."""
        return SourceVersion(self.object_key, self.version_id, self.etag, self.last_modified, self.sequencer)

    @property
    def arrived_as(self) -> Status:
        """What it was when it was written."""
        if self.rows_loaded:
            return Status.LOADED
        told = Status.REFUSED if self.reason else Status.SUPERSEDED
        return Status.DUPLICATE if self.reason == Status.DUPLICATE else told

    def is_of(self, request: LoadRequest) -> bool:
        """Tell whether this content is known under this key."""
        return (self.object_key, self.content_sha256) == (request.source.object_key, request.content_sha256)

    def settles(self, request: LoadRequest) -> bool:
        """Tell whether a request brings nothing new: this content is known under its key, in no older a version.

        A refusal settles the same refusal only: what can be read today is decided anew.
        """
        is_decided = self.status != Status.REFUSED or self.reason == request.reason
        is_archived = self.file_id == request.archived_file_id
        return self.is_of(request) and is_decided and (is_archived or self._is_as_new_as(request.source))

    def _is_as_new_as(self, source: SourceVersion) -> bool:
        """Compare as `sql/load/decide/file_decisions.sql` does.

        Without versions and sequencers a content may have come twice in a second, with another between.
        """
        if self.last_modified != source.last_modified:
            return self.last_modified > source.last_modified
        if self.sequencer and source.sequencer:
            return self.sequencer >= source.sequencer
        return self.version_id == source.version_id and (
            bool(source.version_id) or self.status != Status.SUPERSEDED
        )

    def outcome(self, request: LoadRequest) -> Outcome:
        """Return what a request finds settled."""
        return Outcome(
            request,
            Status(self.status),
            self.sentence,
            settled_before=True,
            file_id=self.file_id,
            marks=self.marks,
            arrived_as=self.arrived_as,
        )


def known(requests: Sequence[LoadRequest], warehouse: Warehouse) -> list[Entry]:
    """Return what the ledger knows of the requests' keys and contents, the newest first: one question."""
    keys = tuple({request.source.object_key for request in requests})
    contents = tuple({request.content_sha256 for request in requests})
    return [Entry(*row) for row in warehouse.execute(QUESTION, (contents, keys))]


def settled(requests: Iterable[LoadRequest], entries: Sequence[Entry]) -> list[Outcome]:
    """Return the outcomes of requests that the ledger has settled, so that their parts may be gone."""
    found = ((request, _settling(request, entries)) for request in requests)
    return [entry.outcome(request) for request, entry in found if entry is not None]


def known_before(request: LoadRequest, entries: Sequence[Entry]) -> Outcome:
    """Return the outcome of a request that a load found nothing new in."""
    same = [entry for entry in entries if entry.is_of(request)]
    own = [entry for entry in same if entry.marks == request.source]
    found = _settling(request, entries) or next(iter([*own, *same]), None)
    if found is None:
        raise ReconciliationError(f"{request.source.object_key} is neither loaded nor in the ledger.")
    return found.outcome(request)


def _settling(request: LoadRequest, entries: Sequence[Entry]) -> Entry | None:
    """Return the row of the very version, or else the newest that settles a request."""
    settling = [entry for entry in entries if entry.settles(request)]
    own = [entry for entry in settling if entry.marks == request.source]
    return next(iter([*own, *settling]), None)


def tied(requests: Sequence[LoadRequest], entries: Iterable[Entry]) -> list[LoadRequest]:
    """Return the requests that only S3 can tell from another version of their key.

    They are of the same second, and a sequencer is missing. What comes from the archive has its order.
    """
    versions: dict[tuple[str, datetime], set[tuple[str, str]]] = defaultdict(set)
    for marks, content in [
        *((request.source, request.content_sha256) for request in requests),
        *((entry.marks, entry.content_sha256) for entry in entries),
    ]:
        versions[marks.object_key, marks.last_modified].add((content, marks.sequencer))
    unclear = {
        second
        for second, found in versions.items()
        if len({content for content, _ in found}) > 1 and any(not sequencer for _, sequencer in found)
    }
    seconds = ((request.source.object_key, request.source.last_modified) for request in requests)
    return [
        request
        for request, second in zip(requests, seconds, strict=True)
        if second in unclear and not request.archived_file_id
    ]


def part(
    requests: Iterable[LoadRequest], loaded_at: datetime, newest: Mapping[LoadRequest, bool] | None = None
) -> bytes:
    """Return the part that fills `stage_files`, a row for each request, in the order of `COLUMNS`.

    `newest` says of tied requests whether S3 has them as the newest version of their second.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # an empty field is no null
    for request in requests:
        is_newest = True if request.archived_file_id else (newest or {}).get(request)
        told = {"loaded_at": loaded_at, "newest_of_second": UNASKED if is_newest is None else int(is_newest)}
        fields = asdict(request) | asdict(request.source) | told
        writer.writerow([fields[column] for column in COLUMNS])
    return gzip.compress(text.getvalue().encode(), compresslevel=1)
