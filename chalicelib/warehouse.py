"""The one engine seam: Redshift in the cloud, PostgreSQL on a laptop. All other SQL is one text for both.

A connection autocommits; transactions are opened and closed by statements of their own, so that what is sent can
be counted and the lock is sent alone. Errors of the driver leave here as `WarehouseError`, without the row that
the driver quotes.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from chalicelib.errors import SettingsError, UnreachableError, WarehouseError
from chalicelib.storage import Storage

SQL_FOLDER = Path(__file__).parent.parent / "sql"
STATEMENT_TIMEOUT_MS = 240_000
"""Below the function's own timeout, so that the wait for a lock ends in an error and not in a killed function."""

KEEPALIVES = {"keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 30, "keepalives_count": 4}
"""Load balancers and endpoints drop TCP connections that are idle for 350 seconds."""

log = logging.getLogger(__name__)


class Warehouse:
    """A connection to the warehouse, good for one batch after the other."""

    def __init__(self, connection: Connection, *, engine: str, copy_role: str = "") -> None:
        self._connection = connection
        self.engine = engine
        self._copy_role = copy_role

    @classmethod
    def connect(cls, url: str, *, copy_role: str = "") -> Self:
        """Connect to `postgresql://…`, `redshift://user@cluster/database` or `redshift-serverless://workgroup/database`.

        Redshift's password is a temporary one of the caller's IAM role. Raise `SettingsError` for another scheme and
        `WarehouseError` if nobody answers.
        """
        scheme = urlsplit(url).scheme
        arguments: dict[str, Any]
        if scheme in {"postgresql", "postgres"}:
            engine, arguments = (
                "postgres",
                {"dsn": url, "options": "-c default_transaction_isolation=repeatable\\ read"},
            )
        elif scheme in {"redshift", "redshift-serverless"}:
            engine, arguments = "redshift", redshift_arguments(url)
        else:
            raise SettingsError("WAREHOUSE starts with postgresql://, redshift:// or redshift-serverless://.")
        arguments |= KEEPALIVES | {"connect_timeout": 30, "application_name": "cafe-etl"}
        with _driver_errors(UnreachableError):
            connection = psycopg2.connect(**arguments)
            connection.autocommit = True
        warehouse = cls(connection, engine=engine, copy_role=copy_role)
        warehouse.execute(f"set statement_timeout to {STATEMENT_TIMEOUT_MS:d}")
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
        the one before it committed.
        """
        self.execute("begin")
        try:
            self.execute("lock table load_lock")
            yield
            self.execute("commit")
        except BaseException:
            self._abandon()
            raise

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


def statements(text: str) -> list[str]:
    """Split a script; a statement ends with a semicolon at a line's end. Comments alone are no statement."""
    pieces = (piece.strip() for piece in f"{text}\n".split(";\n"))
    return [piece for piece in pieces if any(not line.startswith("--") for line in piece.splitlines())]


def scripts(folder: str, pattern: str = "*") -> list[Path]:
    """Return the scripts of a folder of `sql/` in the order of their numbers."""
    return sorted((SQL_FOLDER / folder).glob(f"{pattern}.sql"))


def redshift_arguments(url: str) -> dict[str, Any]:
    """Ask AWS where the warehouse is and for a temporary password; return what psycopg2 connects with."""
    import boto3  # noqa: PLC0415 - PostgreSQL needs none of it
    from botocore.httpsession import DEFAULT_CA_BUNDLE  # noqa: PLC0415 - Amazon's roots are among its own

    parts = urlsplit(url)
    name, database = parts.hostname or "", parts.path.lstrip("/")
    if not name or not database:
        raise SettingsError(
            "WAREHOUSE names a cluster or workgroup and a database: redshift-serverless://workgroup/database."
        )
    region = parse_qs(parts.query).get("region", [None])[0]
    if parts.scheme == "redshift-serverless":
        serverless: Any = boto3.client("redshift-serverless", region_name=region)
        endpoint = serverless.get_workgroup(workgroupName=name)["workgroup"]["endpoint"]
        credentials = serverless.get_credentials(workgroupName=name, dbName=database, durationSeconds=900)
        host, port, user, password = (
            endpoint["address"],
            endpoint["port"],
            credentials["dbUser"],
            credentials["dbPassword"],
        )
    else:
        provisioned: Any = boto3.client("redshift", region_name=region)
        endpoint = provisioned.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["Endpoint"]
        credentials = provisioned.get_cluster_credentials(
            ClusterIdentifier=name, DbName=database, DbUser=parts.username or "cafe_etl", AutoCreate=False
        )
        host, port, user, password = (
            endpoint["Address"],
            endpoint["Port"],
            credentials["DbUser"],
            credentials["DbPassword"],
        )
    return {
        "host": host,
        "port": port,
        "dbname": database,
        "user": user,
        "password": password,
        "sslmode": "verify-full",
        "sslrootcert": DEFAULT_CA_BUNDLE,
    }


@contextmanager
def _driver_errors(error: type[WarehouseError] = WarehouseError) -> Iterator[None]:
    """Wrap the driver's errors. Only the first line of a message is kept: the lines after it quote the row."""
    try:
        yield
    except psycopg2.Error as exc:
        message = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        # `from None` on purpose: a traceback that shows the driver's exception shows the row that it quotes.
        raise error(f"{message} ({exc.pgcode or type(exc).__name__})") from None
