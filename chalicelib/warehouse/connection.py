"""The one seam between the engines: Redshift in the cloud, PostgreSQL on a laptop. All other SQL is the same for both.

A connection autocommits. Transactions are opened and closed by statements of their own, so that every statement can be
counted and the lock is sent alone.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, parse_dsn
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from chalicelib.errors import SettingsError, UnreachableError, WarehouseError
from chalicelib.settings import LOAD_TIMEOUT, Settings
from chalicelib.storage.staged import StagedParts
from chalicelib.warehouse import redshift
from chalicelib.warehouse.credentials import user_and_password
from chalicelib.warehouse.driver_errors import wrapped
from chalicelib.warehouse.lock import LoadLock
from chalicelib.warehouse.scripts import scripts, statements_of

STATEMENT_SHARE: Final = 0.25
"""The share of the function's timeout after which a statement is cancelled; so is a wait for the lock."""

POSTGRES: Final = frozenset({"postgresql", "postgres"})
REDSHIFT: Final = frozenset({"redshift", "redshift-serverless"})

POSTGRES_OPTIONS: Final = r"-c default_transaction_isolation=repeatable\ read " + " ".join(
    f"-c {name}={value}"
    for name, value in {
        "enable_seqscan": "off",
        "enable_mergejoin": "off",
        "work_mem": "32MB",
        "temp_buffers": "32MB",
        "max_parallel_workers_per_gather": "0",
    }.items()
)
"""PostgreSQL looks rows up by the conditions of a statement, wherever an index has them.

Right after a rush it has no statistics yet, or those of an emptier warehouse. By these it would rather read a whole
table, or sort one by reading a whole index, and start processes to help with that. A rush of some hundred files is
grouped and joined in the memory that is allowed here.
"""

COPY_BYTES: Final = 2**16
"""Bytes that a COPY of PostgreSQL reads and sends at a time."""

KEEPALIVES: Final = {
    "keepalives": 1,
    "keepalives_idle": 60,
    "keepalives_interval": 30,
    "keepalives_count": 4,
    "tcp_user_timeout": 60_000,
}
"""Load balancers and endpoints drop TCP connections that are idle for 350 seconds.

Keepalives are sent on idle connections only. If a server vanishes before it confirms a statement, Linux sends the
statement again for a quarter of an hour, longer than a function lives. `tcp_user_timeout`, in milliseconds, ends that.
"""

log = logging.getLogger(__name__)


class Warehouse:
    """A connection to the warehouse, which can load one batch after another."""

    def __init__(
        self, connection: Connection, *, engine: str, copy_role: str = "", timeout: float = LOAD_TIMEOUT
    ) -> None:
        self._connection = connection
        self.engine = engine
        self._copy_role = copy_role
        self.timeout = timeout
        """The calling function's, in seconds."""

        self._lock = LoadLock(self)

    @classmethod
    def from_settings(cls, settings: Settings, *, timeout: float | None = None) -> Self:
        """Connect to the warehouse of the settings. `timeout` is the calling function's in seconds, if not `load`'s."""
        return cls.connect(
            settings.warehouse,
            copy_role=settings.copy_role,
            timeout=timeout or settings.load_timeout,
            secret=settings.warehouse_secret,
        )

    @classmethod
    def connect(
        cls, url: str, *, copy_role: str = "", timeout: float = LOAD_TIMEOUT, secret: str = ""
    ) -> Self:
        """Connect to `postgresql://…`, `redshift://user@cluster/database` or `redshift-serverless://workgroup/database`.

        User and password are those in a secret, which is named by its ARN. Without one, Redshift's password is a
        temporary one of the caller's IAM role, and PostgreSQL's is in the URL if it needs one. `timeout` is that of the
        calling function in seconds. Raise `SettingsError` for another scheme, and `UnreachableError` if the warehouse
        does not answer.
        """
        engine, arguments = _engine_and_arguments(url, secret)
        arguments |= KEEPALIVES | {"connect_timeout": 30, "application_name": "cafe-etl"}
        with wrapped(UnreachableError):
            connection = psycopg2.connect(**arguments)
            connection.autocommit = True
        warehouse = cls(connection, engine=engine, copy_role=copy_role, timeout=timeout)
        warehouse.limit_statements(timeout * STATEMENT_SHARE)
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

    def run(self, script: Path, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Send the statements of a script of `sql/` one by one; return the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        for statement in statements_of(script):
            rows = self.execute(statement, parameters)
        return rows

    def run_folder(self, folder: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Send the statements of all scripts in a folder of `sql/`, such as `load/stage`, in order."""
        for path in scripts(folder):
            self.run(path, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is sent inside, or nothing of it."""
        self.execute("begin")
        with self._committed():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read all inside as of one moment, whatever is committed meanwhile; nothing can be written."""
        self.execute("begin read only")
        with self._committed():
            if self.engine == "postgres":
                # Without statistics PostgreSQL would read all items of all time through their index, for those of a
                # day. Bitmap scans remain: they need a condition.
                self.execute("set local enable_indexscan to off")
            yield

    @contextmanager
    def locked_transaction(self) -> Iterator[None]:
        """Be the only load, and commit all that is sent inside, or nothing of it.

        The lock comes first: the snapshot is taken after it, so that a load sees everything that the load before it
        committed. Raise `LockedError` if the lock does not become free in time.
        """
        self._lock.begin()
        with self._committed():
            yield

    def limit_statements(self, seconds: float) -> None:
        """Cancel each statement from now on that takes longer."""
        self.execute(f"set statement_timeout to {seconds * 1000:.0f}")

    @contextmanager
    def _committed(self) -> Iterator[None]:
        try:
            yield
            self.execute("commit")
        except BaseException:
            self._roll_back()
            raise

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
                self._copy_from(manifest, table, statement)
            return
        # PostgreSQL reads an unquoted empty field as a null, unless the statement says what a null is; Redshift
        # reads \N as a null. So both engines get \N, and an empty field is an empty string.
        statement = sql.SQL("copy {} from stdin with (format csv, null '\\N')").format(target)
        with parts.open(keys) as stream, wrapped(), self._connection.cursor() as cursor:
            cursor.copy_expert(statement, stream, COPY_BYTES)

    def _copy_from(self, manifest: str, table: str, statement: sql.Composable) -> None:
        """Send a COPY of Redshift; if it fails at a line of a part, raise an error that names the place."""
        try:
            self.execute(statement, (manifest, self._copy_role))
        except WarehouseError as exc:
            if redshift.is_load_error(exc) and (place := self._place_of_load_error()):
                raise WarehouseError(redshift.load_error(table, *place)) from exc
            raise

    def _place_of_load_error(self) -> tuple[Any, ...]:
        """Return the file, line, column and code of the COPY that has just failed; nothing if they cannot be read."""
        if self._connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            self._roll_back()  # a failed transaction answers no query
        with suppress(WarehouseError):  # the error of the COPY matters more than that of this query
            [(session,)] = self.execute("select pg_backend_pid()")
            for place in self.execute(redshift.LOAD_ERROR, (session,)):
                return place
        return ()


def _engine_and_arguments(url: str, secret: str) -> tuple[str, dict[str, Any]]:
    """Return the engine that a URL names, and what psycopg2 connects to it with."""
    scheme = _scheme(url)
    if scheme in POSTGRES:
        # psycopg2 prefers these two to what the URL says.
        login = dict(zip(("user", "password"), user_and_password(secret), strict=True)) if secret else {}
        return "postgres", {"dsn": url, "options": POSTGRES_OPTIONS, **login}
    return "redshift", redshift.arguments(url, secret)


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
