"""The warehouse's schema: created or upgraded by the function `create_database`, safe to repeat."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.errors import SchemaError
from chalicelib.settings import Settings
from chalicelib.warehouse.connection import Warehouse, script, scripts
from chalicelib.warehouse.grants import grant

SCHEMA_VERSION = 3
"""Counted up with every change of `sql/schema`."""


def handle(_event: Any) -> dict[str, Any]:
    """Create what is missing, let the other functions in; return the schema's version and the engine."""
    settings = Settings.from_environment()
    warehouse = Warehouse.connect(settings.warehouse, admin_secret=settings.admin_secret)
    try:
        create(warehouse)
        grant(warehouse, writers=settings.writers, readers=settings.readers)
    finally:
        warehouse.close()
    return {"schema_version": SCHEMA_VERSION, "engine": warehouse.engine}


def create(warehouse: Warehouse) -> None:
    """Create tables, views and the engine's physical extras, and record the version once.

    Raise `SchemaError` if there are tables of an older version: they are built anew from the archive, not altered.
    """
    first, *_ = scripts("schema")
    warehouse.run(first)
    [(version,)] = warehouse.execute(
        "select coalesce(max(version), %s) from schema_version", (SCHEMA_VERSION,)
    )
    if version < SCHEMA_VERSION:
        raise SchemaError(
            f"The warehouse's tables are of schema {version}, this is {SCHEMA_VERSION}: drop them, create the database"
            " again and replay the archive, as docs/runbook.md says under Replay."
        )
    for path in [*scripts("schema", "views"), script(f"tuning/{warehouse.engine}")]:
        warehouse.run(path)
    warehouse.execute(
        "insert into schema_version (version, applied_at) select %s, %s"
        " where not exists (select 1 from schema_version where version = %s)",
        (SCHEMA_VERSION, datetime.now(UTC).replace(tzinfo=None), SCHEMA_VERSION),
    )
