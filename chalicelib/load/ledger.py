"""The ledger: its rows, and which load requests bring it nothing new."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, Self

from chalicelib.model import LoadRequest, Outcome, SourceVersion, Status
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query
from chalicelib.warehouse.versions import require_own

NO_SALES_LEFT: Final = "no_sales_left"
"""The reason for which a load refuses a file without sales: it would take the place of one with sales."""

LONGEST_REMARKS: Final = 1000
"""Bytes of remarks: the length of their column."""


class Entry(NamedTuple):
    """A row of the ledger: a version of a file. The fields are the columns of `load_files`, in this order."""

    file_id: int
    object_key: str
    content_sha256: str
    version_id: str
    etag: str
    last_modified: datetime
    sequencer: str
    hash_key_id: str
    store_name: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    items: int
    total: Decimal
    status: Status
    reason: str
    sentence: str
    reading: str
    remarks: str
    loaded_at: datetime
    superseded_by: int | None
    sales_file_id: int | None

    @classmethod
    def of(cls, request: LoadRequest, loaded_at: datetime) -> Self:
        """Return the row that a request gets if it is loaded, or refused; it has no number yet."""
        status = Status.REFUSED if request.reason else Status.LOADED
        return cls(
            file_id=0,
            object_key=request.source.object_key,
            content_sha256=request.content_sha256,
            version_id=request.source.version_id,
            etag=request.source.etag,
            last_modified=request.source.last_modified,
            sequencer=request.source.sequencer,
            hash_key_id=request.hash_key_id,
            store_name=request.store_name,
            rows_read=request.rows_read,
            rows_loaded=0,
            rows_rejected=request.rows_rejected,
            items=request.items,
            total=request.total,
            status=Status.WITHDRAWN if request.is_withdrawn else status,
            reason=request.reason,
            sentence=request.sentence,
            reading=request.reading,
            remarks=request.remarks,
            loaded_at=loaded_at,
            superseded_by=None,
            sales_file_id=None,
        )

    @property
    def version(self) -> SourceVersion:
        """The version of the raw object, and how new it is."""
        return SourceVersion(self.object_key, self.version_id, self.etag, self.last_modified, self.sequencer)

    @property
    def place(self) -> tuple[datetime, int, str, int]:
        """Its place among the versions of its key: see `decisions`, which has the places of requests."""
        return self.last_modified, 1, self.sequencer, self.file_id

    @property
    def has_sales(self) -> bool:
        """Whether the file has sales, whether they count or not."""
        return self.rows_read > self.rows_rejected

    @property
    def archived_status(self) -> Status:
        """The status in its archive copy: loaded, superseded if its sales never counted, or withdrawn."""
        if self.status is Status.WITHDRAWN:
            return Status.WITHDRAWN
        # A file that was loaded, or a duplicate, is superseded later, and keeps its figures and its reason.
        was_loaded = self.rows_loaded or self.reason == Status.DUPLICATE or not self.has_sales
        return Status.SUPERSEDED if self.status is Status.SUPERSEDED and not was_loaded else Status.LOADED

    def has_content_of(self, request: LoadRequest) -> bool:
        """Tell whether the row is of the request's key and content."""
        return (self.object_key, self.content_sha256) == (request.source.object_key, request.content_sha256)

    def is_version_of(self, request: LoadRequest) -> bool:
        """Tell whether the row is of the request's version. Not every event of a version has its sequencer."""
        source = request.source
        return (self.last_modified, self.version_id) == (source.last_modified, source.version_id)

    def is_upload_of(self, request: LoadRequest) -> bool:
        """Tell whether the row is of the same upload and bytes as a request, whatever their digests are."""
        return self.is_version_of(request) and self.etag == request.source.etag

    def is_unchanged_by(self, request: LoadRequest) -> bool:
        """Tell whether a request brings nothing new: the row has its key and content, and is at least as new.

        A refusal is unchanged only by a refusal for the same reason: a file that can be read today is decided again. A
        refusal by the load itself stays until a newer upload.
        """
        is_decided = self.status != Status.REFUSED or self.reason in {request.reason, NO_SALES_LEFT}
        # A replay of the archive brings the row's own copy, which is not newer than the row, whatever its version is.
        is_archived = self.file_id == request.archived_file_id
        return (
            self.has_content_of(request)
            and is_decided
            and (is_archived or self._is_as_new_as(request.source))
        )

    def _is_as_new_as(self, version: SourceVersion) -> bool:
        """Compare with a version of the same content.

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

    def outcome(
        self,
        request: LoadRequest,
        *,
        is_unchanged: bool = True,
        noticed: Sequence[str] = (),
        moves: Sequence[str] = (),
    ) -> Outcome:
        """Return the outcome of a request that has this row now.

        `noticed` are remarks that somebody must read, `moves` those on other sales that moved.
        """
        return Outcome(
            request,
            self.status,
            self.sentence,
            is_unchanged=is_unchanged,
            file_id=self.file_id,
            version=self.version,
            archived_status=self.archived_status,
            reason=self.reason,
            remarks=" ".join(filter(None, [request.remarks, *noticed])),
            moves=" ".join(moves),
        )

    def remarked(self, remarks: Sequence[str]) -> Self:
        """Return the row with remarks on what the load did to sales."""
        text = " ".join(filter(None, [self.remarks, *remarks]))
        return self._replace(remarks=text.encode()[:LONGEST_REMARKS].decode(errors="ignore"))

    def loaded(self, sales_file_id: int) -> Self:
        """Return the row of a file that is loaded; a duplicate becomes one when its original leaves."""
        is_duplicate = self.status is Status.DUPLICATE
        return self._replace(
            status=Status.LOADED,
            reason="" if is_duplicate else self.reason,
            sentence="" if is_duplicate else self.sentence,
            rows_loaded=self.rows_read - self.rows_rejected,
            sales_file_id=sales_file_id,
        )

    def duplicate_of(self, object_key: str, sales_file_id: int) -> Self:
        """Return the row of a file with the same content as that of another key."""
        return self._replace(
            status=Status.DUPLICATE,
            reason=Status.DUPLICATE,
            sentence=f"This file has the same content as {object_key}, which is already loaded.",
            rows_loaded=0,
            sales_file_id=sales_file_id,
        )

    def refused(self, reason: str, sentence: str) -> Self:
        """Return the row of a file that the load refuses, although it can be read."""
        return self._replace(status=Status.REFUSED, reason=reason, sentence=sentence)

    def superseded(self, file_id: int) -> Self:
        """Return the row of a version that another one covers."""
        return self._replace(status=Status.SUPERSEDED, superseded_by=file_id, sales_file_id=None)

    def replaced(self, file_id: int) -> Self:
        """Return the row of a refusal that waits no more, since a newer version of its dated key can be read.

        It stays refused: `sql/views/12_file_outcomes.sql` shows the refusals that no version replaces.
        """
        return self._replace(superseded_by=file_id)

    def uploaded_again(self, request: LoadRequest) -> Self:
        """Return the row with the version of a newer upload of its content, and the reason that is right today.

        A refusal that a version had replaced may wait again: the upload may be newer than that version.
        """
        row = self
        if request.reason:
            row = row._replace(reason=request.reason, sentence=request.sentence)
        if request.source.last_modified < self.last_modified:
            return row
        source = request.source
        return row._replace(
            version_id=source.version_id,
            etag=source.etag,
            last_modified=source.last_modified,
            sequencer=source.sequencer,
            superseded_by=None,
        )

    def removed(self, status: Status) -> Self:
        """Return the row of a file that somebody withdraws, erases or discards."""
        if status is not Status.ERASED:
            return self._replace(status=status, sales_file_id=None)
        return self._replace(
            status=status,
            sales_file_id=None,
            store_name="",
            reason="",
            sentence="",
            reading="",
            remarks="",
            rows_read=0,
            rows_loaded=0,
            rows_rejected=0,
            items=0,
            total=Decimal(0),
        )


class Entries(NamedTuple):
    """Rows of the ledger, and the greatest `file_id` in it: 0 if it is empty."""

    rows: Sequence[Entry]
    greatest_file_id: int


def entries_for(requests: Sequence[LoadRequest], warehouse: Warehouse) -> Entries:
    """Return the ledger's rows that the decision on requests needs, the newest first. It takes one statement.

    These are the rows of the requests' keys and contents, and those of the contents of these keys' current versions.
    """
    return entries_of(
        {request.source.object_key for request in requests},
        {request.content_sha256 for request in requests},
        warehouse,
    )


def entries_of(object_keys: Iterable[str], contents: Iterable[str], warehouse: Warehouse) -> Entries:
    """Return the ledger's rows of keys and contents, and of the contents of these keys' current versions.

    Raise `SchemaError` if the tables are of another schema than this code's: the query also asks for it, since a load
    asks under the lock, and a query of its own would make each load longer.
    """
    parameters = {"contents": (*contents, ""), "object_keys": (*object_keys, "")}
    rows = warehouse.execute(query("queries/ledger_entries"), parameters)
    # The first two columns are the same in all rows. Without a match there is one row, whose other columns are null.
    schema_version, greatest_file_id = rows[0][:2]
    require_own(schema_version)
    entries = {row[2]: Entry(*row[2:]) for row in rows if row[2] is not None}
    typed = [entry._replace(status=Status(entry.status)) for entry in entries.values()]
    return Entries(typed, greatest_file_id)


def contents_with_etags(etags: Iterable[str], warehouse: Warehouse) -> set[str]:
    """Return the digests of all rows with one of these eTags. Only a removal asks: it reads the whole ledger."""
    named = tuple(filter(None, etags))
    rows = warehouse.execute(query("queries/etag_contents"), {"etags": named}) if named else []
    return {content_sha256 for (content_sha256,) in rows}


def unchanged(requests: Iterable[LoadRequest], entries: Sequence[Entry]) -> list[Outcome]:
    """Return the outcomes of the requests that bring nothing new; their parts may be gone already."""
    pairs = ((request, unchanged_entry(request, entries)) for request in requests)
    return [entry.outcome(request) for request, entry in pairs if entry is not None]


def unchanged_entry(request: LoadRequest, entries: Sequence[Entry]) -> Entry | None:
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
