"""Who may do what in the warehouse: the functions that load write in it, others read."""

import re
from collections.abc import Iterable

from psycopg2 import sql

from chalicelib.warehouse.connection import Warehouse, scripts

WRITING = sql.SQL("grant select, insert, update, delete on {} to {}")
"""Who may delete from a table may lock it."""

READING = sql.SQL("grant select on {} to {}")


def grant(warehouse: Warehouse, *, writers: Iterable[str], readers: Iterable[str]) -> None:
    """Create the users that are missing, and give them their rights on our tables and views; may be repeated."""
    tables, views = named("schema"), named("views")
    for user in writers:
        warehouse.create_user(user)
        warehouse.execute(WRITING.format(tables, sql.Identifier(user)))
        warehouse.execute(READING.format(views, sql.Identifier(user)))
    for user in readers:
        warehouse.create_user(user)
        warehouse.execute(READING.format(sql.SQL(", ").join([tables, views]), sql.Identifier(user)))


def named(folder: str) -> sql.Composed:
    """Return what the scripts of a folder of `sql/` are named after, with commas: tables, or views."""
    names = [re.sub(r"^\d+_", "", script.stem) for script in scripts(folder)]
    return sql.SQL(", ").join(map(sql.Identifier, names))
