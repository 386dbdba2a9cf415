"""Mistakes in the scripts of `sql/` that PostgreSQL does not notice fail on the stand-in."""

from pathlib import Path

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script, statements
from tests.support.sql_loads import File, Loads

MISTAKES = {
    "load/decide/file_decisions": (
        "            rows unbounded preceding\n",
        "",
        "require a frame clause",
    ),
    "load/transform/20_stores": (
        "    select distinct stores_of_files.store_name",
        "    select distinct on (stores_of_files.store_name) stores_of_files.store_name",
        "DISTINCT ON is not supported",
    ),
    "load/transform/30_leaving_transactions": (
        "(select min(corrections.replaces) * 1000000000 from file_decisions as corrections)",
        "(select min(c.replaces) * 1000000000 from file_decisions as c where c.replaces = file_decisions.replaces)",
        "correlated subquery",
    ),
    "load/transform/33_rejected_rows": (
        "where file_decisions.status in ('loaded', 'refused') and file_decisions.file_id is not null",
        "where file_decisions.file_id is not null on conflict do nothing",
        "syntax error",
    ),
    "load/record/load_files": (
        "    stage_files.loaded_at,\n    file_decisions.superseded_by",
        "    now(),\n    file_decisions.superseded_by",
        "not supported on Redshift tables",
    ),
    "views/11_product_sales": (
        "    count(*) as items,",
        "    count(*) filter (where baskets.unit_price > 0) as items,",
        "syntax error",
    ),
}


def last_statement(name: str) -> tuple[str, str, str]:
    """Return the last statement of a script as it is and with its mistake, and the error that this has."""
    before, after, message = MISTAKES[name]
    statement = statements(script(name).read_text(encoding="utf-8"))[-1]
    assert statement.count(before) == 1
    return statement, statement.replace(before, after), message


def run_all(loads: Loads) -> Warehouse:
    """Run every script of a load, so that each statement finds its tables; return the connection."""
    loads.empty()
    loads.stage(File())
    loads.transform()
    return loads.warehouse


def make_room(warehouse: Warehouse, statement: str) -> None:
    """Drop what a statement creates."""
    # create temp table file_decisions as … -> drop table file_decisions
    if created := statement.partition("create ")[2].split(" as")[0].removeprefix("temp "):
        warehouse.execute(f"drop {created}")


@pytest.mark.engines("redshift")
@pytest.mark.parametrize("name", MISTAKES, ids=lambda name: Path(name).name)
def test_a_mistake_is_refused(loads: Loads, name: str) -> None:
    warehouse = run_all(loads)
    statement, mistaken, message = last_statement(name)

    with pytest.raises(WarehouseError, match=message):
        warehouse.execute(mistaken)

    make_room(warehouse, statement)
    warehouse.execute(statement)


@pytest.mark.parametrize("name", MISTAKES, ids=lambda name: Path(name).name)
def test_postgresql_does_not_notice_it(loads: Loads, name: str) -> None:
    """So it is the stand-in that finds it."""
    warehouse = run_all(loads)
    _, mistaken, _ = last_statement(name)

    warehouse.execute("begin")
    make_room(warehouse, mistaken)
    warehouse.execute(mistaken)
    warehouse.execute("rollback")
