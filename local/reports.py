"""Reports on sales files, in words that a store's manager can act on: before a file is loaded, and afterwards.

A file is read as `ingest` reads it, with a temporary hash key, and nothing is loaded: no cloud is needed.
"""

import csv
import gzip
import io
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from chalicelib.ingest import customers
from chalicelib.model import Rules, SourceVersion
from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity
from chalicelib.reading.formats import Column
from chalicelib.storage.raw import RawObject
from local import files, warehouse
from local.errors import UsageError

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"

COLUMNS: Final[dict[str, str]] = {str(column): column.words for column in Column}

NEWEST = """
    select file_id, status, reason, sentence, reading, remarks, rows_read, rows_rejected, items, total
    from load_files
    where object_key = %s
    order by file_id desc
    limit 1
"""
REASONS = """
    select reason, count(*) as occurrences from rejected_rows where file_id = %s group by reason order by reason
"""
REJECTED = """
    select line_number, column_name, reason, sentence
    from rejected_rows where file_id = %s order by line_number limit %s
"""


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row: its line, the column at fault, and the reason."""

    line_number: int
    column_name: str
    reason: str
    sentence: str

    def __str__(self) -> str:
        """Return a line such as `line 9, total: The total is 4.90, but the items add up to 4.70.`."""
        column = f", {COLUMNS.get(self.column_name, self.column_name)}" if self.column_name else ""
        return f"line {self.line_number}{column}: {self.sentence}"


@dataclass(frozen=True)
class Report:
    """A report on a file. `total` is in pounds; `rejected_rows` has the first of the rejected rows.

    `reasons` counts them all; of a loaded file those that the warehouse keeps.
    """

    file: str
    outcome: str
    """`accepted` or `refused`; for a loaded file its status in the ledger."""
    reason: str
    sentence: str
    reading: str
    remarks: str
    rows_read: int
    rows_rejected: int
    items: int
    total: Decimal
    reasons: dict[str, int]
    rejected_rows: list[RejectedRow]

    @property
    def is_clean(self) -> bool:
        """Whether neither the file nor a row of it was refused."""
        return self.outcome != REFUSED and not self.rows_rejected

    def lines(self) -> Iterator[str]:
        """Yield the report's lines for people."""
        yield f"{escaped(self.file)}: {self.outcome}{self._rejected}{': ' if self.sentence else ''}{self.sentence}"
        if sales := self.rows_read - self.rows_rejected:
            yield f"  {quantity(sales, 'sale')}, {quantity(self.items, 'item')}, {self.total:,} pounds"
        # "Format base without a header; columns date and time, store." -> a line for each part
        yield from (f"  {part}" for part in self.reading.removesuffix(".").split("; ") if part)
        if self.remarks:
            yield f"  please check: {self.remarks}"
        yield from (f"  {row}" for row in self.rejected_rows)
        if remaining := self.rows_rejected - len(self.rejected_rows):
            by_reason = ", ".join(f"{reason} {count:,}" for reason, count in self.reasons.items())
            counted = sum(self.reasons.values())
            # Of a loaded file, the warehouse keeps only the first rejected rows.
            rows = "all" if counted == self.rows_rejected else f"the first {counted:,}"
            yield f"  and {quantity(remaining, 'more row')}; {rows} by reason: {by_reason}"

    @property
    def _rejected(self) -> str:
        if not self.rows_rejected:
            return ""
        return f", {self.rows_rejected:,} of {quantity(self.rows_read, 'row')} rejected"


def of_file(path: Path, settings: Rules, rows: int, key: str | None = None) -> Report:
    """Read a file as `ingest` does, and return the report with its first rejected rows.

    Without a key it is read as if its name were its key.
    """
    with path.open("rb") as content:
        report = of_content(key or path.name, content, path.stat().st_size, settings, rows)
    return replace(report, file=path.name)


def of_content(key: str, content: IO[bytes], size: int, settings: Rules, rows: int) -> Report:
    """Read the bytes of a file that need not be on the disk, and return the same report."""
    from chalicelib.ingest.intake import staged_request  # noqa: PLC0415 - pandas takes time, which the other commands save
    from chalicelib.ingest.staging import Staging  # noqa: PLC0415 - the same

    version = SourceVersion(key, "", "", datetime.now(UTC).replace(microsecond=0, tzinfo=None), "")
    with Staging(0, secrets.token_bytes(customers.KEY_BYTES)) as staging:
        request = staged_request(RawObject(version, content, "", size), staging, settings)
        rejected = _rejected(gzip.decompress(staging.packed("rejections").read()).decode())
        first = list(islice(rejected, rows))
        reasons = Counter(row.reason for row in first) + Counter(row.reason for row in rejected)
    return Report(
        file=key,
        outcome=REFUSED if request.reason else ACCEPTED,
        reason=request.reason,
        sentence=request.sentence,
        reading=request.reading,
        remarks=request.remarks,
        rows_read=request.rows_read,
        rows_rejected=request.rows_rejected,
        items=request.items,
        total=request.total,
        reasons=dict(sorted(reasons.items())),
        rejected_rows=first,
    )


def _rejected(part: str) -> Iterator[RejectedRow]:
    for _ingest_id, line, column, reason, sentence in csv.reader(io.StringIO(part, newline="")):
        yield RejectedRow(int(line), column, reason, sentence)


def of_ledger(url: str, key: str, rows: int) -> Report:
    """Return the ledger's report on the newest file of a name; raise `UsageError` if there is none."""
    files.ensure_utf8(key, "no loaded file can have it")
    entries: list[dict[str, Any]] = warehouse.rows(url, NEWEST, (key,))
    if not entries:
        raise UsageError(f"{escaped(key)} is not in the ledger.")
    [entry] = entries
    file_id, outcome = entry.pop("file_id"), entry.pop("status")
    reasons = warehouse.rows(url, REASONS, (file_id,))
    return Report(
        file=key,
        outcome=outcome,
        **entry,
        reasons={row["reason"]: row["occurrences"] for row in reasons},
        rejected_rows=[RejectedRow(**row) for row in warehouse.rows(url, REJECTED, (file_id, rows))],
    )
