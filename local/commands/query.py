"""`query`: run SQL and print CSV. PostgreSQL's own psql prints it, so numbers and times look as in psql."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, cast

import click

from infra.psql_csv import sql_error
from local.cloud import cluster
from local.console import say, show
from local.state import State

SETTINGS = ("-v", "ON_ERROR_STOP=1", "-v", "FETCH_COUNT=10000")


@click.command("query", epilog="Example: python -m local query 'select * from daily_sales'")
@click.argument("sql", metavar="SQL")
@click.pass_obj
def command(folder: Path, sql: str) -> int:
    """Run SQL in the warehouse and print the rows as CSV.

    The first line has the names of the columns. The exit code is 1 if there is an error.
    """
    return query(State.open(folder).running().warehouse, sql)


def query(url: str, sql: str) -> int:
    """Run the SQL and print its rows as CSV with a header; print an error as a sentence on standard error."""
    # Programs get the rows as they are. A terminal would execute what a name of a store may contain.
    is_terminal = sys.stdout.isatty()
    with subprocess.Popen(
        [
            cluster.BIN / "psql",
            "--no-psqlrc",
            "--quiet",
            "--csv",
            *SETTINGS,
            "--dbname",
            url,
            "--command",
            sql,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if is_terminal else None,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "PGCLIENTENCODING": "UTF8", "PGTZ": "UTC"},
    ) as psql:
        for line in psql.stdout or ():
            show(line.decode("utf-8", "replace").rstrip("\n"))
        error = cast("IO[bytes]", psql.stderr).read().decode("utf-8", "replace")
    if psql.returncode:
        say(sql_error(error))
        return 1
    return 0
