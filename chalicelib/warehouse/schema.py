"""The tables and views: created, migrated, granted and described by the function `create_database`, safe to repeat."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from psycopg2 import sql

from chalicelib.errors import SchemaError, WarehouseError
from chalicelib.settings import Settings
from chalicelib.warehouse import rolling_refusals, store_keys
from chalicelib.warehouse.comments import comment_on
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.deadline import Deadline
from chalicelib.warehouse.grants import create_users, grant_on_tables, grant_on_views, object_names
from chalicelib.warehouse.isolation import require_snapshot_isolation
from chalicelib.warehouse.migrations import SCHEMA_VERSION, migrations_after, version_of
from chalicelib.warehouse.scripts import script, scripts
from chalicelib.warehouse.versions import version_of_tables

TIMEOUT: Final = 120
"""The `lambda_timeout` of `create_database` in `.chalice/config.json`, in seconds."""

READ: Final = "read the table schema_version"

FILLED_IN_PYTHON: Final = {4: store_keys.fill, 5: rolling_refusals.keep_waiting}
"""Functions that finish the migration to a version, where SQL cannot: they fill columns or read names."""


def handle(event: Any, *, seconds: float = TIMEOUT) -> dict[str, Any]:
    """Bring the warehouse to this code's schema, and give the other functions access to it.

    Return the version of the tables, the engine, and the names of the migrations that were run. An event with a true
    `dry_run` changes nothing: the answer has the current version and the migrations that would be run. `seconds` is
    the time that the function has left: it waits for other sessions no longer than that.
    """
    settings = Settings.from_environment()
    secret = settings.admin_secret or settings.warehouse_secret
    warehouse = Warehouse.connect(settings.warehouse, secret=secret, timeout=seconds)
    with closing(warehouse):
        require_snapshot_isolation(warehouse)
        if (event or {}).get("dry_run"):
            with Deadline(warehouse).step(READ):
                version = version_of_tables(warehouse)
            migrations = [migration.stem for migration in migrations_after(version)] if version else []
        else:
            version = SCHEMA_VERSION
            migrations = create(warehouse, writers=settings.writers, readers=settings.readers)
    return {"schema_version": version, "engine": warehouse.engine, "migrations": migrations}


def create(warehouse: Warehouse, *, writers: Iterable[str] = (), readers: Iterable[str] = ()) -> list[str]:
    """Create or migrate the tables, make the views anew, describe both, and grant rights to the users.

    It may be repeated. Return the names of the migrations that were run. Each is committed with its row of
    `schema_version`, so the next run finishes one that was killed between two migrations. Raise `SchemaError` if the
    tables are newer, if somebody else's view depends on one of ours, or if another session uses a table or view for
    too long.
    """
    deadline = Deadline(warehouse)
    writers, readers = tuple(writers), tuple(readers)
    with deadline.step(READ):
        version = version_of_tables(warehouse)
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"The warehouse's tables are of schema {version}, this release needs {SCHEMA_VERSION}: "
            "deploy the newer release again."
        )
    migrations = migrations_after(version) if version else []
    ran = [migration.stem for migration in migrations if _migrate(warehouse, migration, deadline)]
    if not version:
        _create_tables(warehouse)
    with deadline.step("tune the tables"):
        warehouse.run(script(f"tuning/{warehouse.engine}"))
    create_users(warehouse, (*writers, *readers))
    grant_on_tables(warehouse, writers=writers, readers=readers)
    with deadline.step("describe the tables"):
        comment_on("table", object_names("schema"), warehouse)
    _replace_views(warehouse, (*writers, *readers), deadline)
    return ran


def _create_tables(warehouse: Warehouse) -> None:
    """Create the tables of a new warehouse, which needs no migration."""
    with warehouse.transaction():
        for path in scripts("schema"):
            warehouse.run(path)
        _record(warehouse, SCHEMA_VERSION)


def _migrate(warehouse: Warehouse, migration: Path, deadline: Deadline) -> bool:
    """Run a migration; return False if another run of `create_database` has run it meanwhile.

    It takes turns with loads, so that none of older code goes on with newer tables: see `require_own_schema`.
    """
    with warehouse.transaction():
        with deadline.step("lock the table load_lock"):
            warehouse.execute("lock table load_lock")
            # Where the row is the lock, a load that waits has taken its snapshot already, and now fails by a conflict.
            warehouse.execute("update load_lock set locked_by = 'create_database'")
        with deadline.step("lock the table schema_version"):
            warehouse.execute("lock table schema_version")
        [(count,)] = warehouse.execute(
            "select count(*) from schema_version where version >= %s", (version_of(migration),)
        )
        if count:
            return False
        with deadline.step(f"run the migration {migration.stem}"):
            warehouse.run(migration)
            if fill := FILLED_IN_PYTHON.get(version_of(migration)):
                fill(warehouse)
        _record(warehouse, version_of(migration))
    return True


def _record(warehouse: Warehouse, version: int) -> None:
    warehouse.execute(
        "insert into schema_version (version, applied_at) values (%s, %s)",
        (version, datetime.now(UTC).replace(tzinfo=None)),
    )


def _replace_views(warehouse: Warehouse, users: Iterable[str], deadline: Deadline) -> None:
    """Drop the views, create, grant and describe them again in one transaction, so that no view is ever missing.

    Views need no migration, but `create or replace` could not change their columns.
    """
    with warehouse.transaction():
        for name in reversed(object_names("views")):
            with deadline.step(f"replace the view {name}"):
                _drop_view(warehouse, name)
        for path in scripts("views"):
            warehouse.run(path)
        grant_on_views(warehouse, users)
        comment_on("view", object_names("views"), warehouse)


def _drop_view(warehouse: Warehouse, name: str) -> None:
    """Drop a view; raise `SchemaError` if somebody's own view depends on it, which `cascade` would drop, too."""
    try:
        warehouse.execute(sql.SQL("drop view if exists {}").format(sql.Identifier(name)))
    except WarehouseError as exc:
        if "depend" not in str(exc):
            raise
        raise SchemaError(
            f"The view {name} cannot be replaced, since another view depends on it: drop that view, call"
            " create_database again, and create the view anew."
        ) from exc
