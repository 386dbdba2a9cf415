"""The values that travel between wings and, as JSON, through the load queue."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from chalicelib.errors import RequestError
from chalicelib.parts import FILES


class Status(StrEnum):
    """The status of a version of a file in the ledger."""

    LOADED = "loaded"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that decide how files are read."""

    max_file_bytes: int = 512 * 2**20
    """A larger file is refused."""
    month_first_stores: frozenset[str] = frozenset()
    """Stores that write the month before the day. It counts only where a file itself does not show the order."""


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
    reason: str
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
    schema_version: int = 3
    """The schema of its parts. The default is for requests of releases that did not write it: it never changes."""

    def rows_of(self, part: str) -> int:
        """Return the number of rows in one of its parts that COPY loads."""
        return {
            "sales": self.rows_read - self.rows_rejected,
            "items": self.items,
            "rejections": self.rows_rejected,
        }[part]

    def to_json(self) -> str:
        """Return the message body."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, body: str) -> Self:
        """Read a message body; raise `RequestError` if it is not a load request."""
        try:
            return _instance(cls, json.loads(body))
        except (ValueError, TypeError, ArithmeticError, RecursionError) as exc:
            # The body is not quoted: a stranger may have put anything on the queue.
            raise RequestError(
                f"A message on the load queue is not a load request ({type(exc).__name__})."
            ) from exc


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
    initial_status: Status
    """The status with which that row was written: a loaded file may be superseded by now."""


LENGTHS: Final = {
    column.name: int(column.type.partition("(")[2].removesuffix(")"))
    for column in FILES.columns
    if column.kind in {"char", "varchar"}
}
"""The most bytes of each text that a load writes to the ledger."""

LIMITS: Final = {
    column.name: 2**63 if column.kind == "bigint" else 2**31
    for column in FILES.columns
    if column.kind in {"bigint", "integer"}
}
"""The smallest number that is too large for its column."""

PENCE: Final = Decimal("0.01")
TOTAL_LIMIT: Final = Decimal(10**10)
"""In pounds: the ledger keeps a total as numeric(12, 2)."""


T = TypeVar("T")


def _instance(kind: type[T], message: Any) -> T:
    """Return a JSON object as an instance of a dataclass; raise `ValueError` or `TypeError` if it is not one."""
    if not isinstance(message, dict):
        raise TypeError
    types = {field.name: field.type for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := message.keys() - types.keys():
        raise ValueError(len(unknown))
    return kind(**{name: _value(types[name], name, value) for name, value in message.items()})


def _value(kind: Any, name: str, value: Any) -> Any:
    """Return a JSON value as the field of this type and name has it."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _instance(kind, value)
    # JSON's `true` is an `int` in Python, and numbers such as 1e400 or NaN are of type `float`.
    if type(value) is not (int if kind is int else str):
        raise TypeError
    return CONVERSIONS[kind](name, value)


def _number(name: str, value: int) -> int:
    if not 0 <= value < LIMITS.get(name, 2**31):
        raise ValueError
    return value


def _text(name: str, value: str) -> str:
    # A lone surrogate cannot be encoded. No warehouse keeps NUL in a text.
    if "\0" in value or len(value.encode()) > LENGTHS.get(name, 2**16):
        raise ValueError
    return value


def _pounds(_name: str, value: str) -> Decimal:
    total = Decimal(value)
    if not 0 <= total < TOTAL_LIMIT or total != total.quantize(PENCE):
        raise ValueError
    return total


def _time(_name: str, value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is not None:
        raise ValueError
    return time


CONVERSIONS: Final[dict[Any, Callable[[str, Any], Any]]] = {
    int: _number,
    str: _text,
    Decimal: _pounds,
    datetime: _time,
}
