"""Questions about COPY from S3 with the project's own statement; each copies one small file."""

import gzip
import io
import time
from typing import Any, Final

from chalicelib import aws
from chalicelib.errors import WarehouseError
from chalicelib.storage.staged import StagedParts
from infra.probe.model import Ask, Finding, Need, Question, Verdict, judged
from infra.probe.sessions import Probe

TABLE: Final = "create temp table copied (id integer, name varchar(6), price numeric(4, 2), note varchar(9))"
COLUMNS: Final = ("id", "name", "price", "note")
ROWS: Final = "select id, name, cast(price as varchar(9)), note from copied order by id"

LOAD_ERRORS: Final = (
    "select line_number, trim(column_name), error_code from sys_load_error_detail where file_name = %s"
)
SHOWN_WITHIN: Final = 30.0
"""Seconds in which the system views show what has happened."""

COPY_RUNS: Final = 3


def copy(probe: Probe, text: str) -> str:
    """Copy a file with this text into the table `copied`; return the file's URL. S3 is left as it was."""
    schema = probe.options.schema
    # arn:aws:iam::123456789012:role/copy -> 123456789012; PostgreSQL needs no role
    s3 = aws.client("s3", "".join(probe.options.copy_role.split(":")[4:5]))
    parts = StagedParts(s3, probe.options.bucket)
    key = f"staged/{schema}/copied.csv.gz"
    try:
        parts.write(key, io.BytesIO(gzip.compress(text.encode())))
        probe.main.copy("copied", COLUMNS, [key], parts)
    finally:
        s3.delete_object(Bucket=probe.options.bucket, Key=key)
    return f"s3://{probe.options.bucket}/{key}"


def _copies(text: str, *expected: tuple[Any, ...]) -> Ask:
    def ask(probe: Probe) -> Finding:
        probe.main.execute("begin")
        probe.main.execute(TABLE)
        copy(probe, text)
        rows = probe.main.execute(ROWS)
        return judged(rows == list(expected), "; ".join(map(repr, rows)))

    return ask


def _load_error(probe: Probe) -> Finding:
    """Copy a text of six letters and eight bytes into a VARCHAR(6), in the second line of the file."""
    probe.main.execute(TABLE)
    try:
        copy(probe, "1,Latte,2.45,\n2,Lattéé,2.45,\n")
    except WarehouseError as exc:
        message = str(exc)
    else:
        return Finding(Verdict.FAIL, "the file was loaded")
    finally:
        probe.main.execute("drop table copied")
    url = f"s3://{probe.options.bucket}/staged/{probe.options.schema}/copied.csv.gz"
    deadline = time.monotonic() + SHOWN_WITHIN
    while not (rows := probe.observer.execute(LOAD_ERRORS, (url,))) and time.monotonic() < deadline:
        time.sleep(1)
    # 1204: the text is longer than the column
    return judged(rows == [(2, "name", 1204)], f"{rows}; {message}")


def _copy_time(probe: Probe) -> Finding:
    """Compare COPYs that are transactions of their own with COPYs in one transaction."""
    probe.main.execute(TABLE)
    alone = _seconds(probe)
    probe.main.execute("begin")
    inside = _seconds(probe)
    probe.main.execute("commit")
    probe.main.execute("drop table copied")
    return Finding(Verdict.INFO, f"{alone * 1000:.0f} ms alone, {inside * 1000:.0f} ms in a transaction")


def _seconds(probe: Probe) -> float:
    began_at = time.monotonic()
    for _ in range(COPY_RUNS):
        copy(probe, "1,Latte,2.45,\n")
    return (time.monotonic() - began_at) / COPY_RUNS


NEEDS: Final = (Need.BUCKET,)
QUESTIONS: Final = (
    Question(
        "COPY loads the parts of a manifest with the role",
        _copies("1,Latte,2.45,hot\n", (1, "Latte", "2.45", "hot")),
        "docs/deploy.md",
        "attach the role of COPY to the namespace or cluster, and compare its trust policy with the template's.",
        NEEDS,
    ),
    Question(
        "An empty field of COPY is an empty text",
        _copies("1,,2.45,\n", (1, "", "2.45", "")),
        "ADR 1",
        "change the statement of COPY in chalicelib/warehouse/redshift.py: columns that are not null refuse it.",
        NEEDS,
    ),
    Question(
        r"COPY reads \N as a null",
        _copies("1,\\N,\\N,\\N\n", (1, None, None, None)),
        "ADR 1",
        r"add `null as '\N'` to the statement of COPY in chalicelib/warehouse/redshift.py.",
        NEEDS,
    ),
    Question(
        "COPY rounds decimals and does not cut them",
        _copies("1,Latte,10.005,\n", (1, "Latte", "10.01", "")),
        "ADR 1",
        "look at `roundec` in chalicelib/warehouse/redshift.py.",
        NEEDS,
    ),
    Question(
        "A COPY that fails names line, column and code in sys_load_error_detail",
        _load_error,
        "ADR 22",
        "change the codes of the stand-in in local/redshift/load_errors.py.",
        (*NEEDS, Need.REDSHIFT),
    ),
    Question(
        "Time of a COPY, upload of its file included",
        _copy_time,
        "docs/scaling.md",
        "",
        NEEDS,
        is_information=True,
    ),
)
