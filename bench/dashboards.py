"""`python -m bench.dashboards`: how long the dashboards' queries and the day's report take with a million sales.

On PostgreSQL, as an analyst's session has it. Each query is sent as Grafana's plug-in sends it, for the last 30 days of
all stores. The report is that of the last day, from the connection to the finished page.
"""

import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Final

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name

from bench import full_warehouse
from bench.growth import server
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse.connection import Warehouse
from infra.grafana.generating import DASHBOARDS, statement

SIZE: Final = full_warehouse.Size(files=3_300, stores=10)
DAYS: Final = 30
ROUNDS: Final = 5
BAR: Final = 0.5
REPORT_BAR: Final = 2.0
TIME_FILTER: Final = re.compile(r"\$__timeFilter\(([^)]*)\)")


def expanded(text: str, first: date, last: date) -> str:
    """Return a statement as PostgreSQL gets it from Grafana."""
    bounds = rf"\1 between '{first}T00:00:00Z' and '{last}T23:59:59.999Z'"
    return TIME_FILTER.sub(bounds, text.replace("${store:sqlstring}", "store_name"))


def seconds(action: Callable[[], object]) -> list[float]:
    """Return the seconds that an action takes in each round; one before them fills the caches."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times[1:]


def show(title: str, bar: float, action: Callable[[], object]) -> None:
    """Print the time of an action, and whether it is within a bar."""
    times = seconds(action)
    verdict = "within" if median(times) <= bar else "MISSES"
    span = f"{min(times):.3f} to {max(times):.3f}"
    print(f"  {title}: {median(times):.3f} s ({span}); {verdict} the bar of {bar:g}")


def show_queries(url: str, first: date, last: date) -> None:
    """Print the time of each query in a session with the server's own settings; those of loads are other ones."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        for name, dashboard in DASHBOARDS.items():
            for script in ("store", *(panel.name for panel in dashboard.PANELS)):
                text = expanded(statement(name, script), first, last)
                show(f"{name} {script}", BAR, partial(rows, cursor, text))


def rows(cursor: Cursor, text: str) -> list[tuple[object, ...]]:
    """Return the rows of a statement."""
    cursor.execute(text)
    return cursor.fetchall()


def report(url: str) -> bytes:
    """Return the report of the last day, as the command `report` makes it."""
    with closing(Warehouse.connect(url)) as warehouse:
        return day_report(warehouse)


def main() -> int:
    """Fill a warehouse, and print the times of queries and report; return the exit code."""
    with server() as target:
        sales = full_warehouse.fill(target.warehouse, SIZE)
        target.warehouse.execute("vacuum (analyze)")
        last = full_warehouse.FIRST_DAY + timedelta(days=SIZE.files // SIZE.stores - 1)
        first = last - timedelta(days=DAYS - 1)
        print(f"dashboards: {DAYS} days of {sales:,} sales, medians of {ROUNDS} rounds")
        show_queries(target.url, first, last)
        show("report of a day", REPORT_BAR, partial(report, target.url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
