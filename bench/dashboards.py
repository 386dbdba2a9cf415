"""How long the dashboards' queries and the day's report take with a million sales.

On PostgreSQL, as an analyst's session has it. Each query is sent as Grafana's plug-in sends it, for the last 30 days of
all stores. The report is that of the last day, from the connection to the finished page.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Final

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name

from bench import full_warehouse
from bench.figures import Figure
from bench.plan import Plan
from bench.servers import server
from bench.timing import seconds
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse.connection import Warehouse
from infra.grafana.generating import DASHBOARDS, statement

DAYS: Final = 30
ROUNDS: Final = 5
BAR: Final = 0.5
REPORT_BAR: Final = 2.0
TIME_FILTER: Final = re.compile(r"\$__timeFilter\(([^)]*)\)")


def expanded(text: str, first: date, last: date) -> str:
    """Return a statement as PostgreSQL gets it from Grafana."""
    bounds = rf"\1 between '{first}T00:00:00Z' and '{last}T23:59:59.999Z'"
    return TIME_FILTER.sub(bounds, text.replace("${store:sqlstring}", "store_name"))


def measure(plan: Plan) -> Iterator[Figure]:
    """Fill a warehouse; yield the time of the slowest query, with those of the others as details, and the report's."""
    with server() as target:
        size = plan.dashboards
        sales = full_warehouse.fill(target.warehouse, size)
        target.warehouse.execute("vacuum (analyze)")
        last = full_warehouse.FIRST_DAY + timedelta(days=size.files // size.stores - 1)
        times = time_queries(target.url, last - timedelta(days=DAYS - 1), last)
        slowest = max(times, key=lambda name: median(times[name]))
        yield Figure(
            f"slowest of {len(times)} dashboard queries, {DAYS} days of {sales:,} sales ({slowest})",
            times[slowest],
            BAR,
            unit="s",
            details={name: median(measured) for name, measured in times.items()},
        )
        title = f"report of a day, {sales:,} sales"
        yield Figure(title, rounds_of(partial(report, target.url)), REPORT_BAR, unit="s")


def time_queries(url: str, first: date, last: date) -> dict[str, list[float]]:
    """Return the times of each query in a session with the server's own settings; those of loads are other ones."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        return {
            f"{name} {script}": rounds_of(
                partial(rows, cursor, expanded(statement(name, script), first, last))
            )
            for name, dashboard in DASHBOARDS.items()
            for script in ("store", *(panel.name for panel in dashboard.PANELS))
        }


def rounds_of(action: Callable[[], object]) -> list[float]:
    """Return the seconds that an action takes in each round; one before them fills the caches."""
    return [seconds(action) for _ in range(ROUNDS + 1)][1:]


def rows(cursor: Cursor, text: str) -> list[tuple[object, ...]]:
    """Return the rows of a statement."""
    cursor.execute(text)
    return cursor.fetchall()


def report(url: str) -> bytes:
    """Return the report of the last day, as the command `report` makes it."""
    with closing(Warehouse.connect(url)) as warehouse:
        return day_report(warehouse)
