"""Questions about the lock of a load: who may take it, who waits for it, and what is seen after it."""

import time
from typing import Final

from psycopg2 import sql

from chalicelib.errors import TransientError
from infra.probe.background import ANSWER_SECONDS, in_background, is_waiting
from infra.probe.model import Finding, Need, Question, judged
from infra.probe.sessions import Probe

LOCK: Final = "lock table probe_lock"
DELETE: Final = "delete from probe_lock"
INSERT: Final = "insert into probe_lock (locked_by) values ('a load')"
COUNT: Final = "select count(*) from probe_lock"

HOLDERS: Final = """
        select pid from svv_transactions
        where relation = (select oid from pg_class where relname = %s) and granted
            and txn_owner = current_user and txn_start < dateadd(second, -%s, getdate())
    """
"""As `LOST_HOLDERS` in chalicelib/warehouse/connection.py, with the table's name as a parameter."""


def create_lock(probe: Probe) -> None:
    """Create the table that is locked, with one row. It is not called load_lock: a load looks that up by its name."""
    with probe.main.transaction():
        probe.main.execute("create table if not exists probe_lock (locked_by varchar(64))")
        probe.main.execute(DELETE)
        probe.main.execute(INSERT)


def _privileges(probe: Probe) -> Finding:
    create_lock(probe)
    writer = probe.add_user("writer")
    probe.main.create_user(writer)
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
    """Let one session lock and write, and a second one wait for the lock and read."""
    create_lock(probe)
    with probe.sessions(2) as (first, second):
        for statement in ("begin", LOCK, INSERT):
            first.execute(statement)
        with in_background(second, "begin", LOCK, COUNT, holder=first) as future:
            has_waited = is_waiting(future)
            first.execute("commit")
            [(count,)] = future.result(ANSWER_SECONDS)
    return judged(has_waited and count == 2, f"{_waited(has_waited)}, then saw {count} of 2 rows")  # noqa: PLR2004


def _deletes(probe: Probe) -> Finding:
    create_lock(probe)
    with probe.sessions(2) as (first, second):
        for statement in ("begin", DELETE):
            first.execute(statement)
        with in_background(second, "begin", DELETE, COUNT, holder=first) as future:
            has_waited = is_waiting(future)
            first.execute("commit")
            error = future.exception(ANSWER_SECONDS)
    # A conflict is a good end, too: the load is tried again and begins with a new snapshot.
    outcome = f"failed: {error}" if error else f"saw {future.result()[0][0]} rows"
    return judged(
        has_waited and isinstance(error, TransientError | None), f"{_waited(has_waited)}, then {outcome}"
    )


def _holders(probe: Probe) -> Finding:
    create_lock(probe)
    with probe.sessions(1) as (holder,):
        holder.execute("begin")
        holder.execute(LOCK)
        time.sleep(1.5)  # the clock of the warehouse counts whole seconds
        pids = [pid for (pid,) in probe.observer.execute(HOLDERS, ("probe_lock", 0))]
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
        "grant the writers more on load_lock, or let a load send `delete from load_lock` in place of LOCK.",
        (Need.ADMIN,),
    ),
    Question(
        "A load that waits at LOCK sees the commit of the load before it",
        _turns,
        "ADR 2",
        "do not load: step 3 of the decision is wrong, and two loads may insert the same store.",
    ),
    Question(
        "`delete from` a table makes writers take turns, too",
        _deletes,
        "ADR 2",
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
