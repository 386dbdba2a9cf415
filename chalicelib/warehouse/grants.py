"""The users in the warehouse and their rights: the functions that load may write, the others may only read."""

import logging
from collections.abc import Iterable, Sequence
from typing import Final

from psycopg2 import sql

from chalicelib.errors import WarehouseError
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import scripts

WRITING = sql.SQL("grant select, insert, update, delete on {} to {}")
"""The right to delete from a table is also the right to lock it."""

READING = sql.SQL("grant select on {} to {}")

HASHES: Final = "customers"
"""The table with the customers' hashes. Readers do without it: views tell one customer from another by number."""

FORBIDDING = sql.SQL("revoke all on {} from {}")

SESSION_TIMEOUT: Final = 300
"""Seconds after which Redshift ends an idle session, and with it the transaction of a function that vanished."""

CREATE_USER: Final = {
    "postgres": "create user {}",
    "redshift": f"create user {{}} password disable session timeout {SESSION_TIMEOUT}",
}
ALTER_USER: Final = f"alter user {{}} session timeout {SESSION_TIMEOUT}"

EXISTS: Final = frozenset({"42710", "23505"})
"""SQLSTATEs of a user who exists. PostgreSQL answers 23505 if another session is creating the user at the same time."""

log = logging.getLogger(__name__)


def create_users(warehouse: Warehouse, users: Iterable[str]) -> None:
    """Create the users that are missing, without passwords; on Redshift, end the idle sessions of all of them.

    Redshift calls the user of a role `IAMR:role`.
    """
    for user in dict.fromkeys(users):
        # Not `create user if not exists`: neither engine has it.
        exists = warehouse.execute("select usename from pg_user where usename = %s", (user,))
        if (exists or not _create_user(warehouse, user)) and warehouse.engine == "redshift":
            _set_session_timeout(warehouse, user)


def _create_user(warehouse: Warehouse, user: str) -> bool:
    """Create a user; return False if the user exists: another run was faster, or `pg_user` does not show everybody."""
    try:
        warehouse.execute(sql.SQL(CREATE_USER[warehouse.engine]).format(sql.Identifier(user)))
    except WarehouseError as exc:
        if exc.code not in EXISTS:
            raise
        return False
    return True


def _set_session_timeout(warehouse: Warehouse, user: str) -> None:
    """Have Redshift end the idle sessions of a user, if this user may say so: superusers may. May be repeated."""
    try:
        warehouse.execute(sql.SQL(ALTER_USER).format(sql.Identifier(user)))
    except WarehouseError as exc:
        log.warning("The session timeout of the user %s could not be set: %s", user, exc)


def grant_on_tables(warehouse: Warehouse, *, writers: Iterable[str], readers: Iterable[str]) -> None:
    """Let writers write all tables, and readers read all but that with the customers' hashes; may be repeated."""
    tables = object_names("schema")
    for user in writers:
        warehouse.execute(WRITING.format(_identifiers(tables), sql.Identifier(user)))
    for user in readers:
        # An older release let readers read this one, too.
        warehouse.execute(FORBIDDING.format(sql.Identifier(HASHES), sql.Identifier(user)))
        readable = [table for table in tables if table != HASHES]
        warehouse.execute(READING.format(_identifiers(readable), sql.Identifier(user)))


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
