"""The one engine seam: Redshift in the cloud, PostgreSQL on a laptop. All other SQL is one text for both.

A connection autocommits; transactions are opened and closed by statements of their own, so that what is sent can
be counted and the lock is sent alone. Errors of the driver leave here as `WarehouseError`, without the row that
the driver quotes.
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name
from psycopg2.extensions import parse_dsn

from chalicelib.errors import (
    CanceledError,
    LockedError,
    SettingsError,
    TransientError,
    UnreachableError,
    WarehouseError,
)
from chalicelib.settings import LOAD_TIMEOUT
from chalicelib.storage.buckets import Storage
from chalicelib.warehouse import redshift

SQL_FOLDER = Path(__file__).parents[2] / "sql"

LONGEST_STATEMENT: Final = 0.8
LONGEST_WAIT: Final = 0.5
LONGEST_TURN: Final = 0.05
"""Parts of the function's timeout: for a statement; for the lock, in all and before looking at who holds it.

A wait ends in an error, not in a killed function.
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

POSTGRES: Final = {"postgresql", "postgres"}
CREATE_USER: Final = {"postgres": "create user {}", "redshift": "create user {} password disable"}

OF_DATA: Final = ("22", "23")
"""Classes of SQLSTATE."""
CANCELED: Final = "57014"
CONFLICTS: Final = {"40001", "40P01"}
REDSHIFT_CONFLICT: Final = re.compile(
    r"\b1023\b|Serializable isolation violation|conflict with concurrent transaction"
)
"""Redshift gives its serialization failures the SQLSTATE of internal errors."""

KEEPALIVES = {"keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 30, "keepalives_count": 4}
"""Load balancers and endpoints drop TCP connections that are idle for 350 seconds."""

log = logging.getLogger(__name__)


class Warehouse:
    """A connection to the warehouse, good for one batch after the other."""

    def __init__(
        self, connection: Connection, *, engine: str, copy_role: str = "", timeout: int = LOAD_TIMEOUT
    ) -> None:
        self._connection = connection
        self.engine = engine
        self._copy_role = copy_role
        self._timeout = timeout

    @classmethod
    def connect(
        cls, url: str, *, copy_role: str = "", timeout: int = LOAD_TIMEOUT, admin_secret: str = ""
    ) -> Self:
        """Connect to `postgresql://…`, `redshift://user@cluster/database` or `redshift-serverless://workgroup/database`.

        Redshift's password is a temporary one of the caller's IAM role, or the admin's in a secret. `timeout` is that
        of the calling function in seconds. Raise `SettingsError` for another scheme and `UnreachableError` if nobody
        answers.
        """
        scheme = _scheme(url)
        arguments: dict[str, Any]
        if scheme in POSTGRES:
            engine, arguments = (
                "postgres",
                {"dsn": url, "options": "-c default_transaction_isolation=repeatable\\ read"},
            )
        elif scheme in {"redshift", "redshift-serverless"}:
            engine, arguments = "redshift", redshift.arguments(url, admin_secret)
        else:
            # infra/warehouses.py and infra/template.yaml list the same schemes.
            raise SettingsError("WAREHOUSE starts with postgresql://, redshift:// or redshift-serverless://.")
        arguments |= KEEPALIVES | {"connect_timeout": 30, "application_name": "cafe-etl"}
        with _driver_errors(UnreachableError):
            connection = psycopg2.connect(**arguments)
            connection.autocommit = True
        warehouse = cls(connection, engine=engine, copy_role=copy_role, timeout=timeout)
        warehouse._limit_statements(LONGEST_STATEMENT)
        return warehouse

    def close(self) -> None:
        """Give the connection up, whatever state it is in; its TEMP tables go with it."""
        self._connection.close()

    def execute(
        self, statement: str | sql.Composable, parameters: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Send one statement; return its rows, or none."""
        with _driver_errors(), self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def create_user(self, name: str) -> None:
        """Create a user who has no password, unless there is one of the name: Redshift calls a role `IAMR:role`."""
        if not self.execute("select usename from pg_user where usename = %s", (name,)):
            self.execute(sql.SQL(CREATE_USER[self.engine]).format(sql.Identifier(name)))

    def run(self, script: Path) -> list[tuple[Any, ...]]:
        """Send the statements of a file of `sql/`, one by one; return the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        for statement in statements(script.read_text(encoding="utf-8")):
            rows = self.execute(statement)
        return rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is sent inside, or nothing of it.

        The lock comes first and alone: the snapshot is taken by the statement after it, so that a load sees all that
        the one before it committed. Raise `LockedError` if it is not to be had in time.
        """
        self._begin_locked()
        try:
            self._limit_statements(LONGEST_STATEMENT)
            yield
            self.execute("commit")
        except BaseException:
            self._abandon()
            raise

    def _begin_locked(self) -> None:
        """Wait for the lock in turns; between them end whoever has held it for longer than a function lives."""
        self._limit_statements(LONGEST_TURN)
        deadline = time.monotonic() + self._timeout * LONGEST_WAIT
        while True:
            self.execute("begin")
            try:
                self.execute("lock table load_lock")
            except CanceledError:
                self._abandon()
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

    def _limit_statements(self, part: float) -> None:
        self.execute(f"set statement_timeout to {self._timeout * part * 1000:.0f}")

    def _abandon(self) -> None:
        try:
            self.execute("rollback")
        except WarehouseError:
            log.warning("The connection was lost; the warehouse rolls back by itself.")

    def copy(
        self, table: str, columns: Sequence[str], keys: Sequence[str], storage: Storage, *, batch: str
    ) -> None:
        """Fill a staging table with the parts `keys` of the processed bucket: gzipped CSV without a header.

        An empty field is an empty string on both engines. `batch` names the manifest that Redshift reads.
        """
        target = sql.SQL("{} ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        if self.engine == "redshift":
            manifest = storage.write_manifest(f"staged/{batch}/{table}.manifest", keys)
            self.execute(
                sql.SQL(
                    "copy {} from %s iam_role %s format as csv gzip manifest"
                    " roundec maxerror 0 compupdate off statupdate off"
                ).format(target),
                (manifest, self._copy_role),
            )
            return
        # Postgres' default null is an unquoted empty field; Redshift's is \N. Redshift's it is.
        statement = sql.SQL("copy {} from stdin with (format csv, null '\\N')").format(target)
        with storage.open_parts(keys) as stream, _driver_errors(), self._connection.cursor() as cursor:
            cursor.copy_expert(statement, stream)


def _scheme(url: str) -> str:
    """Return how a URL begins; raise `SettingsError`, without a word of it, if it can be no warehouse's."""
    if not url:
        raise SettingsError("The environment variable WAREHOUSE is not set; README.md lists the settings.")
    try:
        parts = urlsplit(url)
        _ = parts.port
        if parts.scheme in POSTGRES:
            parse_dsn(url)
    except (ValueError, psycopg2.Error):
        # `from None` on purpose: what cannot be read may be a password.
        raise SettingsError("WAREHOUSE is no URL: percent-encode what is special in a password.") from None
    return parts.scheme


def statements(text: str) -> list[str]:
    """Split a script; a statement ends with a semicolon at a line's end. Comments alone are no statement."""
    pieces = (piece.strip() for piece in f"{text}\n".split(";\n"))
    return [piece for piece in pieces if any(not line.startswith("--") for line in piece.splitlines())]


def scripts(*folders: str) -> list[Path]:
    """Return the scripts of folders of `sql/`, folder by folder, each in the order of its numbers."""
    return [script for folder in folders for script in sorted((SQL_FOLDER / folder).glob("*.sql"))]


def script(name: str) -> Path:
    """Return one script of `sql/`, such as `tuning/postgres`."""
    return SQL_FOLDER / f"{name}.sql"


@contextmanager
def _driver_errors(error: type[WarehouseError] | None = None) -> Iterator[None]:
    """Wrap the driver's errors, without the lines that quote the row, or what quotes a value of it."""
    try:
        yield
    except psycopg2.Error as exc:
        message = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        if (exc.pgcode or "").startswith(OF_DATA):
            message = message.partition('"')[0].rstrip(": ")
        # `from None` on purpose: a traceback that shows the driver's exception shows the row that it quotes.
        raise (error or _kind(exc))(f"{message} ({exc.pgcode or type(exc).__name__})") from None


def _kind(exc: psycopg2.Error) -> type[WarehouseError]:
    """Tell what kind of failure the driver's error is."""
    if exc.pgcode == CANCELED:
        return CanceledError
    is_lost = isinstance(exc, psycopg2.OperationalError | psycopg2.InterfaceError) and (
        exc.pgcode or "57P"
    ).startswith(("08", "57P"))
    is_conflict = exc.pgcode in CONFLICTS or bool(REDSHIFT_CONFLICT.search(str(exc)))
    return TransientError if is_lost or is_conflict else WarehouseError
