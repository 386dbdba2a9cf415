"""Queries on the warehouse of a local cloud."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor

LOCK_SECONDS = 10


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Connect for one `with` block, in which each statement commits by itself."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        yield connection


def rows(url: str, sql: str, parameters: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query, each as a dictionary of its columns."""
    with connect(url) as connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(sql, parameters)
        return [dict(row) for row in cursor.fetchall()]


def empty(url: str) -> None:
    """Drop all tables and views."""
    with connect(url) as connection, connection.cursor() as cursor:
        # A client that forgot to commit holds locks, and would keep the drop waiting: its session is ended.
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() "
            "and state like 'idle in transaction%'"
        )
        cursor.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute("drop schema public cascade")
        # As on Redshift, everybody may create tables in it; the rights of the old schema are gone.
        cursor.execute("create schema public")
        cursor.execute("grant usage, create on schema public to public")
