"""PostgreSQL's plans for a load's statements and for views of a million sales: none reads more than it needs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from bench import full_warehouse
from chalicelib.load import ledger, removal
from chalicelib.model import Status
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud.postgres import Guardian
from local.state import State
from tests.support.grafana import NAMES, Range, expanded, queries
from tests.support.sql_loads import File, Item, Loads, Sale

pytestmark = pytest.mark.engines("postgres")

MILLION = full_warehouse.Size(files=3300, stores=10)
GROWING = "transactions|baskets|customers|kept_aside|load_files|file_days"
EXPLAINED = re.compile(r"(select|with|insert|delete|update|create temp table \w+ as)\b")
WHOLE_TABLE = re.compile(rf"Seq Scan on (?:{GROWING})\b.*")
WHOLE_INDEX = re.compile(rf"Index (?:Only )?Scan using \w+ on (?:{GROWING})\b[^\n]*\n(?!\s*Index Cond)")
ALL_SALES = re.compile(
    r"(?:Seq Scan on|Index (?:Only )?Scan using \w+ on) (?:transactions|baskets|customers)\b[^\n]*\n(?!\s*Index Cond)"
)
GREATEST = re.compile(
    r"Limit[^\n]*\n\s*->  Index Only Scan Backward[^\n]*\n\s*Index Cond: \(file_id IS NOT NULL\)"
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a PostgreSQL of its own with a million sales, of which it has no statistics yet."""
    state = State.open(tmp_path_factory.mktemp("full") / "state")
    guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
    assert guardian.wait_until_ready()
    warehouse = Warehouse.connect(guardian.url)
    warehouse.execute("alter system set autovacuum to off")
    warehouse.execute("select pg_reload_conf()")
    schema.create(warehouse)
    assert full_warehouse.fill(warehouse, MILLION) > 1_000_000
    warehouse.close()
    yield guardian.url
    guardian.stop()


@pytest.fixture
def plans(full: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the plans of all statements from now on, by statement."""
    plans: dict[str, str] = {}
    execute = Warehouse.execute

    def explained(
        warehouse: Warehouse,
        statement: str | sql.Composable,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
    ) -> list[tuple[Any, ...]]:
        lines = statement.splitlines() if isinstance(statement, str) else []
        text = "\n".join(line for line in lines if not line.startswith("--"))
        if EXPLAINED.match(text):
            plans[text] = "\n".join(line for (line,) in execute(warehouse, f"explain {text}", parameters))
        return execute(warehouse, statement, parameters)

    monkeypatch.setattr(Warehouse, "execute", explained)
    return plans


def file_of(store: int, day: int, name: str = "sales", *, sales: int = 300, second: int = 0) -> File:
    """Return a file with sales of a store that the warehouse knows, on a day that is new to it."""
    items = Item(), Item("Mocha", "Large")
    return File(
        f"{day}_{store}_{name}.csv",
        tuple(
            # Every sixth sale is of a customer who comes again.
            Sale(1440 * day + number, f"{number % 250}", items[: number % 2 + 1], f"Store {store}")
            for number in range(sales)
        ),
        second,
    )


def one_file(loads: Loads, day: int) -> None:
    """Load a file."""
    assert loads.load(file_of(1, day)) == ["loaded"]


def ten_files(loads: Loads, day: int) -> None:
    """Load ten files in one batch."""
    assert loads.load(*(file_of(store, day) for store in range(1, 11))) == ["loaded"] * 10


def correction(loads: Loads, day: int) -> None:
    """Load a newer version of a file."""
    assert loads.load(file_of(2, day), file_of(3, day)) == ["loaded"] * 2
    assert loads.load(file_of(2, day, sales=299, second=1)) == ["loaded"]


def overlap(loads: Loads, day: int) -> None:
    """Load a file with the sales of another one, and more."""
    assert loads.load(file_of(4, day)) == ["loaded"]
    assert loads.load(file_of(4, day, "export", sales=310)) == ["loaded"]


def withdrawal(loads: Loads, day: int) -> None:
    """Take out a file whose sales another one states, too."""
    overlap(loads, day)
    entries = ledger.entries_of({file_of(4, day, "export").key}, (), loads.warehouse).rows
    [removed] = removal.remove(entries, Status.WITHDRAWN, loads.warehouse)
    assert (removed.sales_lost, removed.sales_restated) == (10, 300)


CASES = (one_file, ten_files, correction, overlap, withdrawal)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistics", ["none", "new"])
def test_no_statement_of_a_load_reads_a_whole_table(
    full: str, plans: dict[str, str], case: Callable[[Loads, int], None], statistics: str
) -> None:
    """Neither right after a rush, when PostgreSQL has no statistics, nor with them."""
    loads = Loads(Warehouse.connect(full))
    if statistics == "new":
        loads.warehouse.execute("analyze")
    plans.clear()

    case(loads, CASES.index(case) + len(CASES) * (statistics == "new"))
    loads.warehouse.close()

    assert len(plans) > 10, "the statements were not explained"
    assert {text: plan for text, plan in plans.items() if WHOLE_TABLE.search(plan)} == {}
    # The ledger's greatest file_id is the last one of its index.
    assert {text: plan for text, plan in plans.items() if WHOLE_INDEX.search(GREATEST.sub("", plan))} == {}


def test_no_query_of_a_report_reads_all_sales(full: str, plans: dict[str, str]) -> None:
    """Not even before PostgreSQL has statistics: each finds its days, and their items, by an index."""
    warehouse = Warehouse.connect(full)

    content = day_report(warehouse)
    warehouse.close()

    assert b"Sales of " in content
    assert len(plans) > 10, "the queries were not explained"
    assert {text: plan for text, plan in plans.items() if ALL_SALES.search(plan)} == {}


def scans(plan: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Yield table, rows that were read and rows that were passed on, for each scan in a plan that was executed."""
    if "Relation Name" in plan:
        passed = plan["Actual Rows"] * plan["Actual Loops"]
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield plan["Relation Name"], passed + removed * plan["Actual Loops"], passed
    for part in plan.get("Plans", ()):
        yield from scans(part)


@pytest.mark.parametrize(
    ("view", "times"),
    [("daily_sales", 2), ("hourly_sales", 2), ("payment_sales", 1), ("flavour_sales", 1), ("item_sales", 1)],
)
@pytest.mark.parametrize(
    ("days", "bounds"), [(1, "= '2020-05-04'"), (3, "between '2020-05-04' and '2020-05-06'")]
)
def test_a_view_reads_only_the_days_that_it_is_asked_for(
    full: str, view: str, times: int, days: int, bounds: str
) -> None:
    """With an analyst's settings: a day's 3,040 sales and 7,600 items of a million sales, before they are grouped.

    Sales and items of a day are counted each by itself, so two of the views read the sales two times. The blocks in
    which a day begins and ends have some sales of the days beside it, too.
    """
    connection = psycopg2.connect(full)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze) transactions, baskets, customers")
        cursor.execute("set max_parallel_workers_per_gather to 0")
        cursor.execute(f"explain (analyze, format json) select * from {view} where sold_on {bounds}")
        [([explained],)] = cursor.fetchall()
    connection.close()

    read = list(scans(explained["Plan"]))
    sales, items = 10 * full_warehouse.SALES_OF_FILE * days, 10 * full_warehouse.SALES_OF_FILE * 5 / 2 * days
    assert [passed for table, _, passed in read if table == "transactions"] == [sales] * times
    if days == 1:  # for more days PostgreSQL may rather read all items once than look for each sale's
        assert [passed for table, _, passed in read if table == "baskets"] == [items] * (
            view != "payment_sales"
        )
    assert sum(rows for table, rows, _ in read if table == "transactions") < (sales + 5000) * times
    # An unknown customer is found without reading the customers.
    assert sum(rows for table, rows, _ in read if table == "customers") == 0


MONTH = Range(datetime(2020, 10, 27, tzinfo=UTC), datetime(2020, 11, 25, 23, 59, 59, 999000, UTC))
"""The last thirty days of the million sales."""

DAYS_OF_MONTH = re.compile(
    r"Index Cond: \(\(\(sold_at\)::date >= '2020-10-27'::date\) AND \(\(sold_at\)::date <= '2020-11-25'::date\)\)"
)


@pytest.mark.parametrize("stores", [(), ("Store 1", "Store 2")], ids=["all", "two"])
@pytest.mark.parametrize("name", NAMES)
def test_a_query_of_a_dashboard_reads_only_the_days_that_it_shows(
    full: str, name: str, stores: tuple[str, ...]
) -> None:
    """With an analyst's settings; `python -m bench dashboards` has the times.

    The ledger is read as a whole: it has a row a file, not a sale.
    """
    plans: dict[str, str] = {}
    connection = psycopg2.connect(full)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze) transactions, baskets, customers")
        for query in queries("postgres", name):
            cursor.execute(f"explain {expanded(query.statement, 'postgres', MONTH, stores)}")
            plans[query.title] = "\n".join(line for (line,) in cursor.fetchall())
    connection.close()

    # An unknown customer is found without reading the customers.
    others = {
        title: re.sub(r"Index Only Scan using unknown_customers on customers", "", plan)
        for title, plan in plans.items()
    }
    assert [
        title for title, plan in others.items() if re.search(r"\bon (customers|kept_aside)\b", plan)
    ] == []
    for plan in plans.values():
        # Whatever reads sales has found their blocks by the day.
        assert plan.count(" on transactions ") == plan.count("Index Scan on transactions_by_day ")
        assert plan.count("on transactions_by_day ") == len(DAYS_OF_MONTH.findall(plan))
    assert sum("on transactions_by_day " in plan for plan in plans.values()) == (9 if name == "sales" else 0)
