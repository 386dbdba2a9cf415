"""`python -m bench.dashboards`: how long the dashboards' queries take for the last 30 days of a million sales.

On PostgreSQL, as an analyst's session has it. Each query is sent as Grafana's plug-in sends it, for all stores.
"""

import re
import sys
import time
from datetime import date, timedelta
from statistics import median
from typing import Final

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name

from bench import full_warehouse
from bench.growth import server
from infra.grafana.generating import DASHBOARDS, statement

SIZE: Final = full_warehouse.Size(files=3_300, stores=10)
DAYS: Final = 30
ROUNDS: Final = 5
BAR: Final = 0.5
TIME_FILTER: Final = re.compile(r"\$__timeFilter\(([^)]*)\)")


def expanded(text: str, first: date, last: date) -> str:
    """Return a statement as PostgreSQL gets it from Grafana."""
    bounds = rf"\1 between '{first}T00:00:00Z' and '{last}T23:59:59.999Z'"
    return TIME_FILTER.sub(bounds, text.replace("${store:sqlstring}", "store_name"))


def seconds(cursor: Cursor, text: str) -> list[float]:
    """Return the seconds that a statement takes in each round; one before them fills the caches."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        cursor.execute(text)
        cursor.fetchall()
        times.append(time.perf_counter() - start)
    return times[1:]


def show(url: str, first: date, last: date) -> None:
    """Print the time of each query in a session with the server's own settings; those of loads are other ones."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        for name, dashboard in DASHBOARDS.items():
            for script in ("store", *(panel.name for panel in dashboard.PANELS)):
                times = seconds(cursor, expanded(statement(name, script), first, last))
                verdict = "within" if median(times) <= BAR else "MISSES"
                span = f"{min(times):.3f} to {max(times):.3f}"
                print(f"  {name} {script}: {median(times):.3f} s ({span}); {verdict} the bar of {BAR:g}")


def main() -> int:
    """Fill a warehouse, and print the time of each query; return the exit code."""
    with server() as target:
        sales = full_warehouse.fill(target.warehouse, SIZE)
        target.warehouse.execute("vacuum (analyze)")
        last = full_warehouse.FIRST_DAY + timedelta(days=SIZE.files // SIZE.stores - 1)
        first = last - timedelta(days=DAYS - 1)
        print(f"dashboards: {DAYS} days of {sales:,} sales, medians of {ROUNDS} rounds")
        show(target.url, first, last)
    return 0


if __name__ == "__main__":
    sys.exit(main())
