"""The lock: loads take turns on the table `load_lock`. A session whose function has vanished loses it."""

import logging
import time
from typing import TYPE_CHECKING, Final

from chalicelib.errors import CanceledError, ConflictError, LockedError, WarehouseError

if TYPE_CHECKING:
    from chalicelib.warehouse.connection import Warehouse

LOCK_SHARE: Final = 0.45
"""The share of the function's timeout after which no further turn of waiting begins.

A turn takes as long as a statement may: `STATEMENT_SHARE` of connection.py. So a wait ends after two turns, half of the
function's time.
"""

DENIED: Final = "42501"
"""The SQLSTATE of a missing privilege. No page of AWS names the privilege that LOCK needs on Redshift."""

TABLE: Final = "select oid from pg_class where relname = 'load_lock' and pg_table_is_visible(oid)"
"""The table that this session would lock: another schema may have one of the same name.

A query of its own: only Redshift's leader node knows `pg_table_is_visible`, and it does not compute SVV views.
"""

LOST_HOLDERS: Final = {
    "postgres": """
        select pid from pg_locks inner join pg_stat_activity using (pid)
        where relation = %s and granted and usename = current_user
            and xact_start < clock_timestamp() - %s * interval '1 second'
    """,
    "redshift": """
        select pid from svv_transactions
        where relation = %s and granted
            and txn_owner = current_user and txn_start < dateadd(second, -%s, getdate())
    """,
}
"""Sessions of this user that have held the lock on a table for more than some seconds."""

log = logging.getLogger(__name__)


class LoadLock:
    """The lock of one session. docs/adr/0023 says why a row may stand in for it."""

    def __init__(self, warehouse: "Warehouse") -> None:
        self._warehouse = warehouse
        self._is_refused = False

    def begin(self) -> None:
        """Open a transaction that has the lock; raise `LockedError` if others keep it for too long.

        It waits in turns. Between them it ends sessions that have held the lock longer than a function can run.
        """
        deadline = time.monotonic() + self._warehouse.timeout * LOCK_SHARE
        while not self._is_free():
            self._end_lost_holders()
            if time.monotonic() > deadline:
                raise LockedError("Other loads have held the lock for too long.")

    def _is_free(self) -> bool:
        """Wait for one turn; leave a transaction open if it has the lock."""
        self._warehouse.execute("begin")
        try:
            if not self._is_refused:
                self._lock_table()
            if self._is_refused:
                self._lock_row()
        except (CanceledError, ConflictError):
            self._warehouse.execute("rollback")
            return False
        return True

    def _lock_table(self) -> None:
        try:
            self._warehouse.execute("lock table load_lock")
        except WarehouseError as exc:
            # PostgreSQL lets everybody lock a table who may delete from it.
            if exc.code != DENIED or self._warehouse.engine != "redshift":
                raise
            log.warning("LOCK is refused, so the row of load_lock is the lock: %s", exc)
            self._is_refused = True
            self._warehouse.execute("rollback")
            self._warehouse.execute("begin")

    def _lock_row(self) -> None:
        """Write the row of `load_lock`, which only one transaction can do at a time.

        A transaction whose snapshot is older than the last holder's commit fails with a conflict, and takes another
        turn. So a load never works on an old snapshot, whether Redshift takes it before the wait or after it.
        """
        self._warehouse.execute("update load_lock set locked_by = 'load'")
        while not self._warehouse.execute("select locked_by from load_lock"):
            # The first of all loads finds no row. Two may insert one each: later loads write both.
            self._warehouse.execute("insert into load_lock (locked_by) values ('load')")
            self._warehouse.execute("commit")
            self._warehouse.execute("begin")
            self._warehouse.execute("update load_lock set locked_by = 'load'")

    def _end_lost_holders(self) -> None:
        """End the sessions of functions that vanished: the warehouse may keep their transactions for hours."""
        execute, engine, timeout = self._warehouse.execute, self._warehouse.engine, self._warehouse.timeout
        for table in execute(TABLE):
            for (pid,) in execute(LOST_HOLDERS[engine], (*table, timeout)):
                log.warning("Session %s has held the lock for more than %s s; it is ended.", pid, timeout)
                execute("select pg_terminate_backend(%s)", (pid,))
