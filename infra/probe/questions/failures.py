"""Questions about errors: how a statement is cancelled, and how a conflict of two transactions looks."""

import time
from typing import TYPE_CHECKING, Any, Final

from chalicelib.errors import CanceledError, TransientError, WarehouseError
from infra.probe.asking import returns
from infra.probe.background import in_background
from infra.probe.model import Finding, Question, Verdict, judged
from infra.probe.questions.locks import LOCK, create_lock
from infra.probe.sessions import Probe

if TYPE_CHECKING:
    from concurrent.futures import Future

TIMEOUT: Final = "set statement_timeout to 1000"
"""In milliseconds."""

CANCELED_WITHIN: Final = 20.0
"""Seconds in which a statement with this timeout must have ended."""

COUNTING: Final = "select count(*) from numbers as a, numbers as b, numbers as c, numbers as d, numbers as e"
"""Counts 10^15 combinations of 1,000 numbers, which takes days."""


def fill_numbers(probe: Probe, doublings: int = 10) -> None:
    """Fill the table `numbers` with the numbers from 0 to 2^doublings - 1."""
    with probe.main.transaction():
        probe.main.execute("create table if not exists numbers (number integer not null)")
        probe.main.execute("delete from numbers")
        probe.main.execute("insert into numbers (number) values (0)")
        for power in range(doublings):
            # 0 -> 0, 1 -> 0, 1, 2, 3 -> …
            probe.main.execute("insert into numbers (number) select number + %s from numbers", (2**power,))


def _waiting_is_canceled(probe: Probe) -> Finding:
    create_lock(probe)
    with probe.sessions(2) as (holder, waiter):
        holder.execute("begin")
        holder.execute(LOCK)
        with in_background(waiter, TIMEOUT, "begin", LOCK, holder=holder) as future:
            return _canceled(future)


def _query_is_canceled(probe: Probe) -> Finding:
    fill_numbers(probe)
    with probe.sessions(1) as (session,), in_background(session, TIMEOUT, COUNTING) as future:
        return _canceled(future)


def _canceled(future: "Future[list[tuple[Any, ...]]]") -> Finding:
    """Judge how statements end that take longer than their timeout."""
    began_at = time.monotonic()
    try:
        error = future.exception(CANCELED_WITHIN)
    except TimeoutError:
        return Finding(Verdict.FAIL, f"it was not cancelled within {CANCELED_WITHIN:g} s")
    seconds = time.monotonic() - began_at
    return judged(isinstance(error, CanceledError), f"{error}, after {seconds:.1f} s")


def _conflict(probe: Probe) -> Finding:
    probe.main.execute("create table balances (amount integer)")
    probe.main.execute("insert into balances (amount) values (0)")
    with probe.sessions(2) as (first, second):
        for session in (first, second):
            session.execute("begin")
            session.execute("select amount from balances")
        first.execute("update balances set amount = amount + 1")
        first.execute("commit")
        try:
            second.execute("update balances set amount = amount + 1")
            second.execute("commit")
        except WarehouseError as exc:
            return judged(isinstance(exc, TransientError), str(exc))
    return Finding(Verdict.FAIL, "both were committed")


QUESTIONS: Final = (
    Question(
        "statement_timeout cancels a statement that waits for a lock, with SQLSTATE 57014",
        _waiting_is_canceled,
        "ADR 12",
        "change CANCELED in chalicelib/warehouse/driver_errors.py, or how a load waits in turns.",
    ),
    Question(
        "statement_timeout cancels a query that runs, with SQLSTATE 57014",
        _query_is_canceled,
        "ADR 12",
        "change CANCELED in chalicelib/warehouse/driver_errors.py; a function may be killed in a statement.",
    ),
    Question(
        "The later of two transactions that change one row fails, and a load would be tried again",
        _conflict,
        "ADR 12",
        "add the text or the SQLSTATE of the error to chalicelib/warehouse/driver_errors.py.",
    ),
    Question(
        "A primary key is not enforced",
        returns(
            "create temp table codes (code integer primary key)",
            "insert into codes (code) values (1)",
            "insert into codes (code) values (1)",
            "select count(*) from codes",
            expected=(2,),
        ),
        "ADR 1",
        "nothing breaks; mend the sentence that Redshift enforces none.",
    ),
)
