"""The rights in the warehouse: the functions that load may write, the others may only read."""

from collections.abc import Iterable, Sequence

from psycopg2 import sql

from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import scripts

WRITING = sql.SQL("grant select, insert, update, delete on {} to {}")
"""The right to delete from a table is also the right to lock it."""

READING = sql.SQL("grant select on {} to {}")


def create_users(warehouse: Warehouse, users: Iterable[str]) -> None:
    """Create the users that are missing."""
    for user in dict.fromkeys(users):
        warehouse.create_user(user)


def grant_on_tables(warehouse: Warehouse, *, writers: Iterable[str], readers: Iterable[str]) -> None:
    """Let writers write and readers read the tables; may be repeated."""
    tables = _identifiers(object_names("schema"))
    for grant, users in ((WRITING, writers), (READING, readers)):
        for user in users:
            warehouse.execute(grant.format(tables, sql.Identifier(user)))


def grant_on_views(warehouse: Warehouse, users: Iterable[str]) -> None:
    """Let users read the views; may be repeated."""
    views = _identifiers(object_names("views"))
    for user in users:
        warehouse.execute(READING.format(views, sql.Identifier(user)))


def object_names(folder: str) -> list[str]:
    """Return the tables or views that the scripts of a folder of `sql/` are named for, in order."""
    # 02_load_files.sql -> load_files
    return [path.stem.lstrip("0123456789").removeprefix("_") for path in scripts(folder)]


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
