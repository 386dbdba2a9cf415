"""Who may do what in the warehouse: the functions that load write in it, others read."""

from collections.abc import Iterable

from psycopg2 import sql

from chalicelib.warehouse import Warehouse

WRITING = sql.SQL("grant select, insert, update, delete on all tables in schema public to {}")
READING = sql.SQL("grant select on all tables in schema public to {}")
"""On views, too. Who may delete from a table may lock it."""


def grant(warehouse: Warehouse, *, writers: Iterable[str], readers: Iterable[str]) -> None:
    """Create the users that are missing, and give them their rights; may be repeated."""
    for granted, users in ((WRITING, writers), (READING, readers)):
        for user in users:
            warehouse.create_user(user)
            warehouse.execute(granted.format(sql.Identifier(user)))
