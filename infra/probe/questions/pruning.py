"""The question whether a bound from a subquery lets Redshift skip blocks, as a bound in the statement does."""

import time
from typing import Final

from chalicelib.errors import WarehouseError
from infra.probe.model import Finding, Need, Question, Verdict, judged
from infra.probe.questions.failures import fill_numbers
from infra.probe.sessions import Probe

DOUBLINGS: Final = 11
"""2^11 numbers, squared: four million of eight bytes are 32 blocks of a megabyte, spread over the slices."""

BOUND: Final = 4**DOUBLINGS - 100

TABLE: Final = (
    "create table numbered (number bigint not null encode raw) diststyle even compound sortkey (number)"
)
FILL: Final = (
    "insert into numbered (number)"
    " select a.number * cast(%s as bigint) + b.number from numbers as a cross join numbers as b order by 1"
)
BY_VALUE: Final = "select sum(number) from numbered where number > %s"
BY_SUBQUERY: Final = "select sum(number) from numbered where number > (select max(bounds.bound) from bounds)"

BLOCKS: Final = (
    "select sum(blocks_read) from sys_query_detail"
    " where query_id = %s and trim(step_name) = 'scan' and trim(metrics_level) = 'step'"
    " and table_name like %s"
)
SHOWN_WITHIN: Final = 30.0


def _pruning(probe: Probe) -> Finding:
    try:
        probe.observer.execute("select 1 from sys_query_detail limit 1")
    except WarehouseError as exc:
        return Finding(Verdict.SKIP, f"it cannot be seen: {exc}")
    _fill(probe)
    # Every number, then the last hundred: by a value, and by a subquery.
    blocks = [
        _blocks(probe, BY_VALUE, -1),
        _blocks(probe, BY_VALUE, BOUND),
        _blocks(probe, BY_SUBQUERY),
    ]
    if None in blocks:
        return Finding(Verdict.SKIP, "it cannot be seen: sys_query_detail has no row of the scan")
    return compared(*(count or 0 for count in blocks))


def compared(every: int, by_value: int, by_subquery: int) -> Finding:
    """Judge by the blocks that three queries have read: all numbers, a bound in the statement, one from a subquery."""
    details = f"of {every} blocks, a value reads {by_value}, a subquery {by_subquery}"
    if by_value * 2 >= every:  # even the value skips nothing, so the table is too small to tell
        return Finding(Verdict.SKIP, f"it cannot be seen: {details}")
    return judged(by_subquery <= max(by_value, 1) * 2, details)


def _fill(probe: Probe) -> None:
    fill_numbers(probe, DOUBLINGS)
    probe.main.execute(TABLE)
    probe.main.execute(FILL, (2**DOUBLINGS,))
    probe.main.execute("create table bounds (bound bigint)")
    probe.main.execute("insert into bounds (bound) values (%s)", (BOUND,))
    probe.main.execute("set enable_result_cache_for_session to off")


def _blocks(probe: Probe, query: str, *parameters: int) -> int | None:
    """Return the number of blocks that a query has read; None if the system views do not show it."""
    probe.main.execute(query, parameters or None)
    [(query_id,)] = probe.main.execute("select pg_last_query_id()")
    deadline = time.monotonic() + SHOWN_WITHIN
    while time.monotonic() < deadline:
        [(blocks,)] = probe.observer.execute(BLOCKS, (query_id, "%numbered%"))
        if blocks is not None:
            return int(blocks)
        time.sleep(1)
    return None


QUESTIONS: Final = (
    Question(
        "A bound from a subquery skips as many blocks as a bound in the statement",
        _pruning,
        "docs/scaling.md",
        "let `load` read the bound first and send it as a parameter of sql/load/reconcile/reconciliation.sql.",
        (Need.REDSHIFT,),
    ),
)
