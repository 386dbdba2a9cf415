"""Questions about the lock of a load: who may take it, who waits for it, and what is seen after it."""

import time
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from chalicelib.errors import TransientError
from chalicelib.warehouse import lock
from chalicelib.warehouse.grants import create_users
from chalicelib.warehouse.lock import LOST_HOLDERS
from infra.probe.background import ANSWER_SECONDS, Rows, in_background, is_waiting
from infra.probe.model import Finding, Need, Question, judged
from infra.probe.sessions import Probe

if TYPE_CHECKING:
    from concurrent.futures import Future

LOCK: Final = "lock table probe_lock"
DELETE: Final = "delete from probe_lock"
UPDATE: Final = "update probe_lock set locked_by = 'another load'"
INSERT: Final = "insert into probe_lock (locked_by) values ('a load')"
COUNT: Final = "select count(*) from probe_lock"

ROWS: Final = 2
"""The rows of `probe_lock` after the first of two loads has committed."""

TABLE: Final = lock.TABLE.replace("load_lock", "probe_lock")
"""The query with which a load finds the table of its lock, for the table of the probe."""


def create_lock(probe: Probe) -> None:
    """Create the table that is locked, with one row. It is not load_lock: see `LOOKED_UP_BY_NAME` in scripts.py."""
    with probe.main.transaction():
        probe.main.execute("create table if not exists probe_lock (locked_by varchar(64))")
        probe.main.execute(DELETE)
        probe.main.execute(INSERT)


def _privileges(probe: Probe) -> Finding:
    create_lock(probe)
    writer = probe.add_user("writer")
    create_users(probe.main, [writer])
    user = sql.Identifier(writer)
    schema = sql.Identifier(probe.options.schema)
    probe.main.execute(sql.SQL("grant usage on schema {} to {}").format(schema, user))
    # As chalicelib/warehouse/grants.py grants the tables to writers.
    probe.main.execute(sql.SQL("grant select, insert, update, delete on probe_lock to {}").format(user))
    with probe.sessions(1) as (session,):
        session.execute(sql.SQL("set session authorization {}").format(user))
        session.execute("begin")
        session.execute(LOCK)
    return judged(holds=True, details=f"as {writer}")


def _turns(probe: Probe) -> Finding:
    has_waited, future = _two_loads(probe, LOCK)
    [(count,)] = future.result()
    return judged(has_waited and count == ROWS, f"{_waited(has_waited)}, then saw {count} of {ROWS} rows")


def _writes_of_one_row(probe: Probe) -> Finding:
    has_waited, future = _two_loads(probe, UPDATE)
    if error := future.exception():
        # A conflict is a good end, too: the load takes another turn, and begins with a new snapshot.
        is_conflict = isinstance(error, TransientError)
        return judged(has_waited and is_conflict, f"{_waited(has_waited)}, then failed: {error}")
    [(count,)] = future.result()
    return judged(has_waited and count == ROWS, f"{_waited(has_waited)}, then saw {count} of {ROWS} rows")


def _two_loads(probe: Probe, statement: str) -> "tuple[bool, Future[Rows]]":
    """Let one session send a statement that locks, and write; let a second one send it, too, and count the rows.

    Return whether the second had to wait for the first, and its finished future.
    """
    create_lock(probe)
    with probe.sessions(2) as (first, second):
        for sent in ("begin", statement, INSERT):
            first.execute(sent)
        with in_background(second, "begin", statement, COUNT, holder=first) as future:
            has_waited = is_waiting(future)
            first.execute("commit")
            future.exception(ANSWER_SECONDS)
    return has_waited, future


def _holders(probe: Probe) -> Finding:
    create_lock(probe)
    with probe.sessions(1) as (holder,):
        holder.execute("begin")
        holder.execute(LOCK)
        time.sleep(1.5)  # the clock of the warehouse counts whole seconds
        [table] = probe.main.execute(TABLE)
        pids = [pid for (pid,) in probe.observer.execute(LOST_HOLDERS["redshift"], (*table, 0))]
        return judged(pids == [holder.pid], f"it names {pids}, expected [{holder.pid}]")


def _terminated(probe: Probe) -> Finding:
    create_lock(probe)
    with probe.sessions(2) as (holder, waiter):
        holder.execute("begin")
        holder.execute(LOCK)
        with in_background(waiter, "begin", LOCK, holder=holder) as future:
            has_waited = is_waiting(future)
            began_at = time.monotonic()
            probe.main.execute("select pg_terminate_backend(%s)", (holder.pid,))
            future.result(ANSWER_SECONDS)
            seconds = time.monotonic() - began_at
    return judged(has_waited, f"{_waited(has_waited)}, then got the lock after {seconds:.1f} s")


def _waited(has_waited: bool) -> str:  # noqa: FBT001 - one of two words
    return "the second waited" if has_waited else "the second did not wait"


QUESTIONS: Final = (
    Question(
        "LOCK needs select, insert, update and delete, and no more",
        _privileges,
        "docs/deploy.md",
        "nothing breaks, if the question on one row passes: loads then take turns by the row of load_lock.",
        (Need.ADMIN,),
    ),
    Question(
        "A load that waits at LOCK sees the commit of the load before it",
        _turns,
        "ADR 2",
        "do not load: step 3 of the decision is wrong, and two loads may insert the same store.",
    ),
    Question(
        "Writes of one row make loads take turns, and none works on an old snapshot",
        _writes_of_one_row,
        "ADR 23",
        "there is no other lock if LOCK needs more privileges than a writer may have.",
    ),
    Question(
        "svv_transactions names the session that holds the lock",
        _holders,
        "ADR 12",
        "change LOST_HOLDERS: a session that was lost keeps the lock until Redshift ends it.",
        (Need.REDSHIFT,),
    ),
    Question(
        "A session may end another one of its user, and the lock is free",
        _terminated,
        "ADR 12",
        "change `_end_lost_holders`, and the page on the lock in the runbook.",
    ),
)
