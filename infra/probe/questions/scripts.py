"""Questions about the scripts of `sql/`: each is run twice on empty tables, so that the second run compiles nothing."""

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from psycopg2 import sql

from chalicelib.load.changes import LOAD
from chalicelib.warehouse.comments import comment_on
from chalicelib.warehouse.grants import object_names
from chalicelib.warehouse.ranges import Within
from chalicelib.warehouse.scripts import SQL_FOLDER, scripts, statements_of
from infra.probe.model import Finding, Question, Verdict, judged
from infra.probe.sessions import Probe

WITHOUT_PLAN: Final = frozenset({"stage", "drop", "01_stage_rejections"})
"""Folders and scripts of `sql/load` whose statements EXPLAIN does not take."""

_COLUMNS: Final = {
    "transactions_of_files": "transactions.transaction_id",
    "kept_aside_of_files": "kept_aside.transaction_id",
    "transactions_of_moves": "transactions.transaction_id",
    "baskets_of_moves": "baskets.transaction_id",
    "kept_aside_of_moves": "kept_aside.transaction_id",
}

PARAMETERS: Final[Mapping[str, Any]] = {
    name: Within(column, [(1, 2)]) for name, column in _COLUMNS.items()
} | {
    **dict.fromkeys(("leaving_file_ids", "file_ids"), (1,)),
    **dict.fromkeys(("changed_customer_id", "first_file_id", "last_file_id"), 1),
    **dict.fromkeys(("first_transaction_id", "last_transaction_id", "most_rejected_rows"), 1),
}
"""Values for the parameters of all scripts: the tables are empty."""

COMPILED_SECONDS: Final = 1.0
"""A first run that takes less has found its code in a cache of Redshift: there is nothing to compare."""

LOOKED_UP_BY_NAME: Final = frozenset({"load_lock"})
"""The table that loads of older releases look up by name in all schemas: a second one would disturb a pipeline beside
the probe. No script of a load uses it."""


def _tables(probe: Probe) -> Finding:
    paths = [
        path
        for path, name in zip(scripts("schema"), object_names("schema"), strict=True)
        if name not in LOOKED_UP_BY_NAME
    ]
    for path in paths:
        probe.main.run(path)
    return judged(holds=True, details=f"{len(paths)} tables")


def _views(probe: Probe) -> Finding:
    names = object_names("views")
    for path, name in zip(scripts("views"), names, strict=True):
        probe.main.run(path)
        probe.main.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name)))
    return judged(holds=True, details=f"{len(names)} views")


def _comments(probe: Probe) -> Finding:
    names = object_names("views")
    began_at = time.monotonic()
    comment_on("view", names, probe.main)
    return judged(holds=True, details=f"{len(names)} views, {time.monotonic() - began_at:.2f} s")


def _script(path: Path, probe: Probe) -> Finding:
    """Run a script twice: a first run that had to be compiled is the longer one."""
    first, lines = _first_run(path, probe)
    began_at = time.monotonic()
    with probe.main.transaction():
        probe.main.run(path, PARAMETERS)
    second = time.monotonic() - began_at
    plan = f"plan of {lines} lines" if lines else "no plan"
    return judged(second < first or first < COMPILED_SECONDS, f"{plan}; {first:.2f} s, again {second:.2f} s")


def _first_run(path: Path, probe: Probe) -> tuple[float, int]:
    """Run a script and roll it back; return the seconds that it took, and the length of its largest plan."""
    seconds, lines = 0.0, 0
    probe.main.execute("begin")
    for statement in statements_of(path):
        if not WITHOUT_PLAN & {path.parent.name, path.stem}:
            # Each plan just before its statement, which may need what the one before has made.
            plan = probe.main.execute(sql.SQL("explain ") + sql.SQL(statement), PARAMETERS)
            lines = max(lines, len(plan))
        began_at = time.monotonic()
        probe.main.execute(statement, PARAMETERS)
        seconds += time.monotonic() - began_at
    probe.main.execute("rollback")
    return seconds, lines


def _segments(probe: Probe) -> Finding:
    [(segments,)] = probe.observer.execute(
        "select max(sys_query_detail.segment_id) + 1 from sys_query_detail inner join sys_query_history"
        " on sys_query_detail.query_id = sys_query_history.query_id where sys_query_history.session_id = %s",
        (probe.main.pid,),
    )
    return Finding(Verdict.INFO, f"{segments} segments")


def _compile_time(probe: Probe) -> Finding:
    [(total, longest)] = probe.observer.execute(
        "select sum(compile_time) / 1000000.0, max(compile_time) / 1000000.0 from sys_query_history"
        " where session_id = %s",
        (probe.main.pid,),
    )
    return Finding(Verdict.INFO, f"{total:.1f} s in all, {longest:.1f} s for one statement")


def script_name(path: Path) -> str:
    """Return the name of a script in the project: `sql/load/decide/30_sale_decisions.sql`."""
    return f"sql/{path.relative_to(SQL_FOLDER)}"


QUESTIONS: Final = (
    Question(
        "The tables of sql/schema can be created",
        _tables,
        "ADR 1",
        "change the script that the error is about, and its migration.",
    ),
    *(
        Question(
            f"{script_name(path)} runs, and is compiled once at most",
            partial(_script, path),
            "docs/scaling.md",
            "if it has too many segments, split it: what a CTE computes becomes a TEMP table.",
        )
        for path in scripts(*LOAD)
    ),
    Question(
        "The views of sql/views can be created and read",
        _views,
        "ADR 1",
        "change the view that the error is about.",
    ),
    Question(
        "Views and their columns take comments, all in one message",
        _comments,
        "ADR 21",
        "send the comments one by one, or write none.",
    ),
    Question(
        "Largest number of segments of a statement; some versions of Redshift allow 30",
        _segments,
        "ADR 22",
        "",
        is_information=True,
    ),
    Question(
        "Time for compiling the statements above",
        _compile_time,
        "ADR 22",
        "",
        is_information=True,
    ),
)
