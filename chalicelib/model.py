"""The values that travel between wings and, as JSON, through the load queue."""

import json
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from chalicelib import json_fields
from chalicelib.errors import RequestError
from chalicelib.reading.reasons import FileReason


class Status(StrEnum):
    """The status of a version of a file in the ledger."""

    LOADED = "loaded"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    """A person took its sales back; nothing older of its key comes back."""
    ERASED = "erased"
    """A person had every trace of it deleted, but for its key, digest and version."""
    DISCARDED = "discarded"
    """It was refused, and a person threw it away."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that decide how files are read."""

    max_file_bytes: int = 512 * 2**20
    """A larger file is refused."""
    month_first_stores: frozenset[str] = frozenset()
    """Keys of stores that write the month before the day. It counts only where a file does not show the order."""
    store_folders: bool = False
    """Whether a file in a store's folder, the first one of its key, may state the sales of that store alone."""
    stores: tuple[str, ...] = ()
    """Names of stores. One that a file's name says is the store of its sales if the file has no column for it."""


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """One version of a raw object: which bytes it has, and how new they are."""

    object_key: str
    version_id: str
    """Empty in an unversioned bucket."""
    etag: str
    last_modified: datetime
    """In UTC, whole seconds, without zone."""
    sequencer: str
    """Orders versions of one key within a second; empty if no event of these bytes had one."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Keys of the staged parts in the processed bucket, each a gzipped CSV."""

    sales: str
    items: str
    rejections: str
    archive: str


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """A request from `ingest` to `load`: one version of a file, its figures and the keys of its parts."""

    ingest_id: int
    """Unique to one run of `ingest`: joins the staged rows to their file."""
    source: SourceVersion
    content_sha256: str
    hash_key_id: str
    rows_read: int
    rows_rejected: int
    items: int
    total: Decimal
    """The sum of the totals of all sales that are not rejected, in pounds."""
    reason: Literal[FileReason, ""]
    """The reason for which the file is refused, as a code; empty if it is not."""
    sentence: str
    """The same in plain words."""
    parts: Parts
    store_name: str = ""
    """The store whose sales it contains; empty if there is none, or more than one."""
    reading: str = ""
    """A sentence on how the file was read: format, encoding, order of dates, columns."""
    remarks: str = ""
    """Points that a person should check, in sentences; empty if there are none."""
    archived_file_id: int = 0
    """Its place in the order of loading, as its archive copy says; 0 for a raw object."""
    is_withdrawn: bool = False
    """Whether its archive copy says that it was withdrawn: then it covers older versions, and states no sales."""
    schema_version: int = 3
    """The schema of its parts. The default is for requests of releases that did not write it: it never changes."""

    def rows_of(self, part: str) -> int:
        """Return the number of rows in one of its parts that COPY loads."""
        return {
            "sales": self.rows_read - self.rows_rejected,
            "items": self.items,
            "rejections": self.rows_rejected,
        }[part]

    @property
    def copied_keys(self) -> list[str]:
        """The keys of its parts that COPY loads: those with a row."""
        parts = {"sales": self.parts.sales, "items": self.parts.items, "rejections": self.parts.rejections}
        return [key for part, key in parts.items() if self.rows_of(part)]

    def to_json(self) -> str:
        """Return the message body."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, body: str) -> Self:
        """Read a message body; raise `RequestError`, which quotes nothing of it, if it is not a load request."""
        try:
            request = json_fields.read(cls, body)
        except RequestError as exc:
            raise RequestError(f"A message on the load queue is not a load request: {exc}.") from None
        if not all(key.startswith(f"staged/{request.ingest_id}/") for key in astuple(request.parts)):
            raise RequestError("A load request names parts of another run of ingest.")
        return request


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one load request, after the commit."""

    request: LoadRequest
    status: Status
    sentence: str
    is_unchanged: bool
    """True if the ledger had this file already: only the archiving was still to be done."""
    file_id: int
    """The ledger's row for this content under this key."""
    version: SourceVersion
    """The version in that row, which may be newer than the request's."""
    archived_status: Status
    """The status in its archive copy: loaded, superseded if its sales never counted, or withdrawn."""
    reason: str = ""
    """The reason in that row, as a code: of a refusal, or `duplicate`."""
    remarks: str = ""
    """Points for people: those of the request, and what the load did to sales of other files."""
    moves: str = ""
    """What else the load did to sales, such as replacing those of an earlier version that this one states again."""
