"""`check`: what would become of a file, or became of a loaded one, in words that a store's manager can act on.

A file is read as `ingest` reads it, under a key that is thrown away, and nothing is loaded: no cloud is needed.
"""

import csv
import gzip
import io
import json
import os
import secrets
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from chalicelib.ingest import customers
from chalicelib.model import Rules, SourceVersion
from chalicelib.reading.formats import Column
from chalicelib.settings import rules
from chalicelib.storage.raw import RawObject
from local import warehouse
from local.errors import LocalCloudError

ROWS: Final = 10
"""Rejected rows that are shown, unless told otherwise."""

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


class UsageError(LocalCloudError):
    """What was asked for is not there."""

    status = 2


@dataclass(frozen=True)
class RejectedRow:
    """Where a row is rejected, and why."""

    line_number: int
    column_name: str
    reason: str
    sentence: str

    def __str__(self) -> str:
        """Tell it in a line."""
        column = f", {COLUMNS.get(self.column_name, self.column_name)}" if self.column_name else ""
        return f"line {self.line_number}{column}: {self.sentence}"


@dataclass(frozen=True)
class Report:
    """What is told of a file. `total` is in pounds, `reasons` counts all rejected rows, of which the first are told."""

    file: str
    outcome: str
    """`accepted` or `refused`; of a loaded file its status in the ledger."""
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
        """Tell it to people."""
        rejected = (
            f", {self.rows_rejected:,} of {self.rows_read:,} rows rejected" if self.rows_rejected else ""
        )
        sales = self.rows_read - self.rows_rejected
        yield f"{self.file}: {self.outcome}{rejected}{': ' if self.sentence else ''}{self.sentence}"
        if sales:
            yield f"  {sales:,} sales, {self.items:,} items, {self.total:,} pounds"
        yield from (f"  {part}" for part in self.reading.removesuffix(".").split("; ") if part)
        if self.remarks:
            yield f"  to look at: {self.remarks}"
        yield from (f"  {row}" for row in self.rejected_rows)
        left = self.rows_rejected - len(self.rejected_rows)
        if left:
            told = ", ".join(f"{reason} {count:,}" for reason, count in self.reasons.items())
            yield f"  and {left:,} more rows; all by reason: {told}"


def add_arguments(command: ArgumentParser) -> None:
    """Add what can be checked."""
    command.add_argument("files", metavar="FILE", nargs="+", help="a file, or with --loaded its name")
    command.add_argument(
        "--loaded", action="store_true", help="say what the ledger has of files of this name"
    )
    command.add_argument("--json", action="store_true", help="for programs: a list of reports")
    command.add_argument(
        "--rows",
        type=int,
        default=ROWS,
        metavar="N",
        help="rejected rows to show of each (default: %(default)s)",
    )


def check(args: Namespace, warehouse_url: Callable[[], str]) -> int:
    """Print what there is to say of each file; return 1 if one, or a row of one, was refused."""
    if args.rows < 0:
        raise UsageError("--rows wants a number of rows.")
    if args.loaded:
        url = warehouse_url()
        reports = [of_ledger(url, key, args.rows) for key in args.files]
    else:
        reports = [of_file(path, rules(), args.rows) for path in _paths(args.files)]
    if args.json:
        print(json.dumps([asdict(report) for report in reports], indent=2, default=str))
    else:
        print("\n".join(line for report in reports for line in report.lines()))
    return 0 if all(report.is_clean for report in reports) else 1


def _paths(names: Iterable[str]) -> list[Path]:
    paths = list(map(Path, names))
    for path in paths:
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise UsageError(f"{path} is not a file that can be read.")
    return paths


def of_file(path: Path, known: Rules, rows: int) -> Report:
    """Read a file, and tell what would become of it and of its first rejected rows."""
    from chalicelib.ingest.intake import staged_request  # noqa: PLC0415 - pandas takes time, which the other commands save
    from chalicelib.ingest.staging import Staging  # noqa: PLC0415 - the same

    version = SourceVersion(path.name, "", "", datetime.now(UTC).replace(microsecond=0, tzinfo=None), "")
    with path.open("rb") as content, Staging(0) as staging:
        raw = RawObject(version, content, "", path.stat().st_size)
        request = staged_request(raw, staging, secrets.token_bytes(customers.KEY_BYTES), known)
        rejected = _rejected(gzip.decompress(staging.finish()["rejections"].read()).decode())
        first = list(islice(rejected, rows))
        reasons = Counter(row.reason for row in first) + Counter(row.reason for row in rejected)
    return Report(
        file=path.name,
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
    """Return what the ledger has of the newest file of a name."""
    found: list[dict[str, Any]] = warehouse.rows(url, NEWEST, (key,))
    if not found:
        raise UsageError(f"{key} is not in the ledger.")
    [file] = found
    file_id, outcome = file.pop("file_id"), file.pop("status")
    counted = warehouse.rows(url, REASONS, (file_id,))
    return Report(
        file=key,
        outcome=outcome,
        **file,
        reasons={row["reason"]: row["occurrences"] for row in counted},
        rejected_rows=[RejectedRow(**row) for row in warehouse.rows(url, REJECTED, (file_id, rows))],
    )
