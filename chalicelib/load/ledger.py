"""The ledger: which load requests bring it nothing new, and the staged row of each request that does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NamedTuple

from chalicelib.errors import ReconciliationError
from chalicelib.model import LoadRequest, Outcome, SourceVersion, Status
from chalicelib.parts import FILES
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query

UNASKED: Final = -1
"""For `newest_of_second`: S3 was not asked, since the sequencers decide."""


class Entry(NamedTuple):
    """A row of the ledger: a version of a file. The columns are those of `sql/queries/ledger_entries.sql`."""

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
    def version(self) -> SourceVersion:
        """The version of the raw object, and how new it is."""
        return SourceVersion(self.object_key, self.version_id, self.etag, self.last_modified, self.sequencer)

    @property
    def initial_status(self) -> Status:
        """The status with which the row was written."""
        # The status changes to superseded later; the figures and the reason stay as they were written.
        if self.rows_loaded:
            return Status.LOADED
        if self.reason == Status.DUPLICATE:
            return Status.DUPLICATE
        return Status.REFUSED if self.reason else Status.SUPERSEDED

    def has_content_of(self, request: LoadRequest) -> bool:
        """Tell whether the row is of the request's key and content."""
        return (self.object_key, self.content_sha256) == (request.source.object_key, request.content_sha256)

    def is_unchanged_by(self, request: LoadRequest) -> bool:
        """Tell whether a request brings nothing new: the row has its key and content, and is at least as new.

        A refusal is unchanged only by a refusal for the same reason: a file that can be read today is decided again.
        """
        is_decided = self.status != Status.REFUSED or self.reason == request.reason
        # A replay of the archive brings the row's own copy, which is not newer than the row, whatever its version is.
        is_archived = self.file_id == request.archived_file_id
        return (
            self.has_content_of(request)
            and is_decided
            and (is_archived or self._is_as_new_as(request.source))
        )

    def _is_as_new_as(self, version: SourceVersion) -> bool:
        """Compare by the rule of `delivered_before` in `sql/load/decide/file_decisions.sql`.

        In a bucket without versions, and without sequencers, the same content may have been uploaded twice in one
        second, with another content in between: then a superseded row proves nothing.
        """
        if self.last_modified != version.last_modified:
            return self.last_modified > version.last_modified
        # Within one second the sequencer decides, if both versions have one: "00A2…" is newer than "00A1…".
        if self.sequencer and version.sequencer:
            return self.sequencer >= version.sequencer
        return self.version_id == version.version_id and (
            bool(version.version_id) or self.status != Status.SUPERSEDED
        )

    def outcome(self, request: LoadRequest) -> Outcome:
        """Return the outcome of a request that leaves this row unchanged."""
        return Outcome(
            request,
            Status(self.status),
            self.sentence,
            is_unchanged=True,
            file_id=self.file_id,
            version=self.version,
            initial_status=self.initial_status,
        )


def entries_for(requests: Sequence[LoadRequest], warehouse: Warehouse) -> list[Entry]:
    """Return the ledger's rows of the requests' keys and contents, the newest first. It takes one statement."""
    parameters = {
        "contents": tuple({request.content_sha256 for request in requests}),
        "object_keys": tuple({request.source.object_key for request in requests}),
    }
    return [Entry(*row) for row in warehouse.execute(query("queries/ledger_entries"), parameters)]


def unchanged(requests: Iterable[LoadRequest], entries: Sequence[Entry]) -> list[Outcome]:
    """Return the outcomes of the requests that bring nothing new; their parts may be gone already."""
    pairs = ((request, _unchanged_entry(request, entries)) for request in requests)
    return [entry.outcome(request) for request, entry in pairs if entry is not None]


def outcome_of_unchanged(request: LoadRequest, entries: Sequence[Entry]) -> Outcome:
    """Return the outcome of a request that turned out under the lock to bring nothing new."""
    same_content = [entry for entry in entries if entry.has_content_of(request)]
    same_version = [entry for entry in same_content if entry.version == request.source]
    entry = _unchanged_entry(request, entries) or next(iter([*same_version, *same_content]), None)
    if entry is None:
        raise ReconciliationError(f"{request.source.object_key} is neither loaded nor in the ledger.")
    return entry.outcome(request)


def _unchanged_entry(request: LoadRequest, entries: Sequence[Entry]) -> Entry | None:
    """Return the row of the request's own version, or else the newest that it leaves unchanged."""
    candidates = [entry for entry in entries if entry.is_unchanged_by(request)]
    same_version = [entry for entry in candidates if entry.version == request.source]
    return next(iter([*same_version, *candidates]), None)


def tied(requests: Sequence[LoadRequest], entries: Iterable[Entry]) -> list[LoadRequest]:
    """Return the requests of which only S3 can tell whether they are newer than another version of their key.

    Both versions are of one second, and one of them has no sequencer. A file from the archive is never tied: it has its
    place in the order of loading.
    """
    # ("leeds.csv", 09:00:01) -> {("<digest a>", "00A0…"), ("<digest b>", "")}: two contents, one without sequencer
    versions: dict[tuple[str, datetime], set[tuple[str, str]]] = defaultdict(set)
    for version, content in [
        *((request.source, request.content_sha256) for request in requests),
        *((entry.version, entry.content_sha256) for entry in entries),
    ]:
        versions[version.object_key, version.last_modified].add((content, version.sequencer))
    unclear_seconds = {
        second
        for second, contents in versions.items()
        if len({content for content, _ in contents}) > 1 and any(not sequencer for _, sequencer in contents)
    }
    return [
        request
        for request in requests
        if (request.source.object_key, request.source.last_modified) in unclear_seconds
        and not request.archived_file_id
    ]


def staged_rows(
    requests: Iterable[LoadRequest], loaded_at: datetime, newest: Mapping[LoadRequest, bool]
) -> list[list[Any]]:
    """Return the rows of `stage_files`, one for each request.

    `newest` says of tied requests whether S3 has them as the newest version of their second.
    """
    rows = []
    for request in requests:
        # A file from the archive has its place in the order of loading already, and is never tied.
        is_newest = True if request.archived_file_id else newest.get(request)
        of_the_load = {
            "loaded_at": loaded_at,
            "newest_of_second": UNASKED if is_newest is None else int(is_newest),
        }
        fields = asdict(request) | asdict(request.source) | of_the_load
        rows.append([fields[name] for name in FILES.column_names])
    return rows
