"""The version of the warehouse's tables, and which versions this code may write: its own alone."""

from typing import Final

from chalicelib.errors import SchemaError
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.migrations import SCHEMA_VERSION

TABLE: Final = "select oid from pg_class where relname = 'schema_version' and pg_table_is_visible(oid)"
"""The table that this session would read: another schema may have one of the same name.

A query of its own: only Redshift's leader node knows `pg_table_is_visible`.
"""

VERSION: Final = "select coalesce(max(version), 0) from schema_version"


def version_of_tables(warehouse: Warehouse) -> int:
    """Return the version of the warehouse's tables; 0 if there are none."""
    if not warehouse.execute(TABLE):
        return 0
    [(version,)] = warehouse.execute(VERSION)
    return int(version)


def require_own_schema(warehouse: Warehouse) -> None:
    """Raise `SchemaError` unless the tables are of this code's schema.

    A transaction that writes asks once it has the lock: a migration takes the same lock, so none comes in between.
    """
    [(version,)] = warehouse.execute(VERSION)
    require_own(version)


def require_own(version: int) -> None:
    """Raise `SchemaError` unless a version of the tables is this code's."""
    if version != SCHEMA_VERSION:
        advice = "call create_database" if version < SCHEMA_VERSION else "release the newer package again"
        raise SchemaError(
            f"The warehouse's tables are of schema {version}, and this code writes only schema {SCHEMA_VERSION}:"
            f" {advice}."
        )
