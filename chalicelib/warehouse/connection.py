"""The one seam between the engines: Redshift in the cloud, PostgreSQL on a laptop. All other SQL is the same for both.

A connection autocommits. Transactions are opened and closed by statements of their own, so that every statement can be
counted and the lock is sent alone.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name
from psycopg2.extensions import parse_dsn

from chalicelib.errors import CanceledError, LockedError, SettingsError, UnreachableError, WarehouseError
from chalicelib.settings import LOAD_TIMEOUT, Settings
from chalicelib.storage.staged import StagedParts
from chalicelib.warehouse import redshift
from chalicelib.warehouse.driver_errors import wrapped
from chalicelib.warehouse.scripts import statements

STATEMENT_SHARE: Final = 0.8
LOCK_SHARE: Final = 0.5
LOCK_TURN_SHARE: Final = 0.05
"""Shares of the function's timeout: for one statement; for the lock in all; for one turn of waiting for the lock.

So a wait ends in an error, and not in a function that Lambda kills.
"""

LOST_HOLDERS: Final = {
    "postgres": """
        select pid from pg_locks inner join pg_stat_activity using (pid)
        where relation = 'load_lock'::regclass and granted and usename = current_user
            and xact_start < clock_timestamp() - %s * interval '1 second'
    """,
    "redshift": """
        select pid from svv_transactions
        where relation = (select oid from pg_class where relname = 'load_lock') and granted
            and txn_owner = current_user and txn_start < dateadd(second, -%s, getdate())
    """,
}
"""Sessions of this user that have held the lock for more than some seconds."""

POSTGRES: Final = frozenset({"postgresql", "postgres"})
REDSHIFT: Final = frozenset({"redshift", "redshift-serverless"})
CREATE_USER: Final = {"postgres": "create user {}", "redshift": "create user {} password disable"}

KEEPALIVES: Final = {
    "keepalives": 1,
    "keepalives_idle": 60,
    "keepalives_interval": 30,
    "keepalives_count": 4,
}
"""Load balancers and endpoints drop TCP connections that are idle for 350 seconds."""

log = logging.getLogger(__name__)


class Warehouse:
    """A connection to the warehouse, which can load one batch after another."""

    def __init__(
        self, connection: Connection, *, engine: str, copy_role: str = "", timeout: int = LOAD_TIMEOUT
    ) -> None:
        self._connection = connection
        self.engine = engine
        self._copy_role = copy_role
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings, *, timeout: int | None = None) -> Self:
        """Connect to the warehouse of the settings. `timeout` is the calling function's in seconds, if not `load`'s."""
        return cls.connect(
            settings.warehouse, copy_role=settings.copy_role, timeout=timeout or settings.load_timeout
        )

    @classmethod
    def connect(
        cls, url: str, *, copy_role: str = "", timeout: int = LOAD_TIMEOUT, admin_secret: str = ""
    ) -> Self:
        """Connect to `postgresql://…`, `redshift://user@cluster/database` or `redshift-serverless://workgroup/database`.

        Redshift's password is a temporary one of the caller's IAM role, or the admin's in a secret. `timeout` is that
        of the calling function in seconds. Raise `SettingsError` for another scheme, and `UnreachableError` if the
        warehouse does not answer.
        """
        engine, arguments = _engine_and_arguments(url, admin_secret)
        arguments |= KEEPALIVES | {"connect_timeout": 30, "application_name": "cafe-etl"}
        with wrapped(UnreachableError):
            connection = psycopg2.connect(**arguments)
            connection.autocommit = True
        warehouse = cls(connection, engine=engine, copy_role=copy_role, timeout=timeout)
        warehouse._limit_statements(STATEMENT_SHARE)
        return warehouse

    def close(self) -> None:
        """Close the connection, whatever state it is in; its TEMP tables go with it."""
        self._connection.close()

    def execute(
        self,
        statement: str | sql.Composable,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Send one statement; return its rows, or none."""
        with wrapped(), self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def create_user(self, name: str) -> None:
        """Create a user without a password, unless the user exists. Redshift calls a role `IAMR:role`."""
        # Not `create user if not exists`: neither engine has it.
        if not self.execute("select usename from pg_user where usename = %s", (name,)):
            self.execute(sql.SQL(CREATE_USER[self.engine]).format(sql.Identifier(name)))

    def run(self, script: Path) -> list[tuple[Any, ...]]:
        """Send the statements of a script of `sql/` one by one; return the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        for statement in statements(script.read_text(encoding="utf-8")):
            rows = self.execute(statement)
        return rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is sent inside, or nothing of it."""
        self.execute("begin")
        with self._committed():
            yield

    @contextmanager
    def locked_transaction(self) -> Iterator[None]:
        """Be the only load, and commit all that is sent inside, or nothing of it.

        The lock comes first and alone: the next statement takes the snapshot, so that a load sees everything that the
        load before it committed. Raise `LockedError` if the lock does not become free in time.
        """
        self._begin_locked()
        with self._committed():
            self._limit_statements(STATEMENT_SHARE)
            yield

    @contextmanager
    def _committed(self) -> Iterator[None]:
        try:
            yield
            self.execute("commit")
        except BaseException:
            self._roll_back()
            raise

    def _begin_locked(self) -> None:
        """Wait for the lock in turns; between them, end sessions that have held it longer than a function can run."""
        self._limit_statements(LOCK_TURN_SHARE)
        deadline = time.monotonic() + self._timeout * LOCK_SHARE
        while True:
            self.execute("begin")
            try:
                self.execute("lock table load_lock")
            except CanceledError:
                self._roll_back()
                self._end_lost_holders()
                if time.monotonic() > deadline:
                    raise LockedError("Other loads have held the lock for too long.") from None
            else:
                return

    def _end_lost_holders(self) -> None:
        """End the sessions of functions that vanished: the warehouse may keep their transactions for hours."""
        for (pid,) in self.execute(LOST_HOLDERS[self.engine], (self._timeout,)):
            log.warning("Session %s has held the lock for more than %s s; it is ended.", pid, self._timeout)
            self.execute("select pg_terminate_backend(%s)", (pid,))

    def _limit_statements(self, share: float) -> None:
        """Cancel statements that take longer than a share of the function's timeout."""
        self.execute(f"set statement_timeout to {self._timeout * share * 1000:.0f}")

    def _roll_back(self) -> None:
        try:
            self.execute("rollback")
        except WarehouseError:
            log.warning("The connection was lost; the warehouse rolls back by itself.")

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows by one statement."""
        row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
        statement = sql.SQL("insert into {} ({}) values {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([row] * len(rows)),
        )
        self.execute(statement, [value for values in rows for value in values])

    def copy(self, table: str, columns: Sequence[str], keys: Sequence[str], parts: StagedParts) -> None:
        """Fill a staging table with the parts of these keys: gzipped CSV without a header.

        An empty field is an empty string on both engines.
        """
        target = sql.SQL("{} ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        if self.engine == "redshift":
            statement = sql.SQL(redshift.COPY).format(target)
            with parts.manifest(keys) as manifest:
                self.execute(statement, (manifest, self._copy_role))
            return
        # PostgreSQL reads an unquoted empty field as a null, unless the statement says what a null is; Redshift
        # reads \N as a null. So both engines get \N, and an empty field is an empty string.
        statement = sql.SQL("copy {} from stdin with (format csv, null '\\N')").format(target)
        with parts.open(keys) as stream, wrapped(), self._connection.cursor() as cursor:
            cursor.copy_expert(statement, stream)


def _engine_and_arguments(url: str, admin_secret: str) -> tuple[str, dict[str, Any]]:
    """Return the engine that a URL names, and what psycopg2 connects to it with."""
    scheme = _scheme(url)
    if scheme in POSTGRES:
        return "postgres", {"dsn": url, "options": "-c default_transaction_isolation=repeatable\\ read"}
    return "redshift", redshift.arguments(url, admin_secret)


def _scheme(url: str) -> str:
    """Return the scheme of a warehouse's URL; raise `SettingsError`, which quotes none of it, if it is not a URL."""
    if not url:
        raise SettingsError("The environment variable WAREHOUSE is not set; README.md lists the settings.")
    try:
        parts = urlsplit(url)
        _ = parts.port
        if parts.scheme in POSTGRES:
            parse_dsn(url)
    except (ValueError, psycopg2.Error):
        # `from None` on purpose: the part that cannot be read may be a password.
        raise SettingsError(
            "WAREHOUSE is not a URL: percent-encode the special characters of its password."
        ) from None
    # infra/warehouses.py and infra/template.yaml list the same schemes.
    if parts.scheme not in POSTGRES | REDSHIFT:
        raise SettingsError("WAREHOUSE must start with postgresql://, redshift:// or redshift-serverless://.")
    return parts.scheme
