"""The contents of a local cloud as the page shows them: counts, files that wait, and the newest files of the ledger."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from local import warehouse
from local.client import Clients
from local.cloud.resources import names
from local.control import ask
from local.reports import RejectedRow
from local.state import Run

MOST_FILES: Final = 50
"""Files of the ledger that are shown, the newest first."""

MOST_ROWS: Final = 10
"""Rejected rows of a file that are shown."""

COUNTS: Final = """
    select
        (select count(*) from file_outcomes where status = 'refused') as refused,
        (select count(*) from load_files) as files,
        (select count(*) from transactions) as sales,
        (select coalesce(sum(total_price), 0) from transactions) as total
"""
NEWEST: Final = """
    select file_id, object_key, status, reason, sentence, remarks, rows_read, rows_loaded, rows_rejected, total
    from load_files
    order by file_id desc
    limit %s
"""
DECIDED: Final = "select object_key, etag from load_files where object_key in %s"
REJECTED: Final = """
    select file_id, line_number, column_name, reason, sentence
    from (
        select
            file_id, line_number, column_name, reason, sentence,
            row_number() over (partition by file_id order by line_number) as place
        from rejected_rows
        where file_id in %s
    ) as numbered
    where place <= %s
    order by file_id, line_number
"""


@dataclass(frozen=True)
class File:
    """A version of a file that the ledger has, with the first of its rejected rows."""

    file_id: int
    object_key: str
    status: str
    reason: str
    sentence: str
    remarks: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    total: Decimal
    rejected: list[RejectedRow] = field(default_factory=list)


@dataclass(frozen=True)
class Overview:
    """All that the page shows of a cloud."""

    in_bucket: int
    """Objects in the raw bucket."""
    on_the_way: int
    """Events and load requests that wait."""
    failed: int
    """Events that ingest gave up, and requests in the dead-letter queue."""
    refused: int
    sales: int
    total: Decimal
    files_in_ledger: int
    waiting: list[str]
    """Keys of raw objects on which no load has decided yet."""
    is_idle: bool
    """Whether no function works, so that what waits does so until the sweep sends it again."""
    files: list[File]


def overview(run: Run) -> Overview:
    """Return what a running cloud contains; raise `LocalCloudError` and others if it does not answer."""
    status, stage = ask(run, "status"), names(run.stage)
    [counts] = warehouse.rows(run.warehouse, COUNTS)
    return Overview(
        in_bucket=status["objects"].get(stage.raw_bucket, 0),
        on_the_way=status["queues"].get(stage.load_queue, 0) + status["pending_notifications"],
        failed=status["queues"].get(stage.load_dead_letters, 0)
        + sum(status["given_up_notifications"].values()),
        refused=counts["refused"],
        sales=counts["sales"],
        total=counts["total"],
        files_in_ledger=counts["files"],
        waiting=_waiting(run, stage.raw_bucket),
        is_idle=status["idle"],
        files=_files(run.warehouse),
    )


def _waiting(run: Run, bucket: str) -> list[str]:
    """Return the keys of the raw objects whose bytes the ledger does not have yet, the newest first."""
    listed: list[Any] = list(Clients.of(run).s3.list_object_versions(Bucket=bucket).get("Versions", []))
    newest_first = sorted(listed, key=lambda version: version["LastModified"], reverse=True)
    # A folder that somebody made in the console is an empty object such as `2021/`, and no file.
    files = [version for version in newest_first if version["Size"] or not version["Key"].endswith("/")]
    if not files:
        return []
    keys = tuple({version["Key"] for version in files})
    decided = {(row["object_key"], row["etag"]) for row in warehouse.rows(run.warehouse, DECIDED, (keys,))}
    return [
        version["Key"] for version in files if (version["Key"], version["ETag"].strip('"')) not in decided
    ]


def _files(url: str) -> list[File]:
    entries = warehouse.rows(url, NEWEST, (MOST_FILES,))
    rejected = _rejected(url, [entry["file_id"] for entry in entries if entry["rows_rejected"]])
    return [File(**entry, rejected=rejected.get(entry["file_id"], [])) for entry in entries]


def _rejected(url: str, file_ids: Iterable[int]) -> dict[int, list[RejectedRow]]:
    ids = tuple(file_ids)
    by_file: dict[int, list[RejectedRow]] = defaultdict(list)
    for row in warehouse.rows(url, REJECTED, (ids, MOST_ROWS)) if ids else []:
        by_file[row.pop("file_id")].append(RejectedRow(**row))
    return by_file
