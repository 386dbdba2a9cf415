"""The values that travel between modules and, as JSON, through the load queue."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from chalicelib.errors import RequestError


class Status(StrEnum):
    """What became of a version of a file, as the ledger says it."""

    LOADED = "loaded"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a deployment lays down about the reading of files."""

    max_file_bytes: int = 512 * 2**20
    """Of a file; larger ones are refused."""
    month_first_stores: frozenset[str] = frozenset()
    """The stores that write the month first, where their files do not show what comes first."""


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """One version of a raw object: which bytes are meant, and how new they are."""

    object_key: str
    version_id: str
    """Empty in an unversioned bucket."""
    etag: str
    last_modified: datetime
    """In UTC, whole seconds, without zone."""
    sequencer: str
    """Orders versions of one key within a second; empty where no event of these bytes told it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Keys of the staged parts in the processed bucket, each a gzipped CSV."""

    sales: str
    items: str
    rejections: str
    archive: str


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What ingest asks load to do: one version of a file, its figures and where its parts are."""

    ingest_id: int
    """Unique to one run of ingest: joins the staged rows to their file."""
    source: SourceVersion
    content_sha256: str
    hash_key_id: str
    rows_read: int
    rows_rejected: int
    items: int
    total: Decimal
    """The sum of the totals of all sales that are not rejected, in pounds."""
    reason: str
    """Why the file is refused whole, as a code; empty if it is not."""
    sentence: str
    """The same in plain words."""
    parts: Parts
    store_name: str = ""
    """The store whose sales it states; empty if there is none, or more than one."""
    reading: str = ""
    """How the file was read, for people: format, encoding, order of dates, columns."""
    remarks: str = ""
    """What somebody should look at, in sentences; empty if there is nothing."""
    archived_file_id: int = 0
    """Its place in the order of loading, as the archive tells it; 0 for a raw object."""

    def to_json(self) -> str:
        """Return the message body."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, body: str) -> Self:
        """Read a message body; raise `RequestError` if it is no load request."""
        try:
            fields = json.loads(body)
            source = fields["source"] | {
                "last_modified": datetime.fromisoformat(fields["source"]["last_modified"])
            }
            nested = {"source": SourceVersion(**source), "parts": Parts(**fields["parts"])}
            return cls(**(fields | nested | {"total": Decimal(fields["total"])}))
        except (ValueError, TypeError, KeyError, ArithmeticError) as exc:
            # The body is not quoted: what a stranger put on the queue may be anything.
            raise RequestError(
                f"A message on the load queue is no load request ({type(exc).__name__})."
            ) from exc


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one requested file, told after commit."""

    request: LoadRequest
    status: Status
    sentence: str
    settled_before: bool
    """True if an earlier delivery had settled it: nothing but the archive was left to finish."""
    file_id: int
    """The ledger's row for this content under this key."""
    marks: SourceVersion
    """How new that row is, which may be newer than the request."""
    arrived_as: Status
    """What the row said when it was written: a loaded file may be superseded by now."""
