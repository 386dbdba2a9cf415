"""Mistakes in the scripts of `sql/` that PostgreSQL does not notice fail on the stand-in."""

from pathlib import Path

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script, statements
from tests.support.sql_loads import STAGING, File, Loads, Rejection, with_examples

WINDOW = " over (\n            partition by compared.visit, compared.has_name, compared.seniority\n"

MISTAKES = {
    "load/decide/30_sale_decisions": (
        f"row_number(){WINDOW}",
        f"sum(1){WINDOW}",
        "require a frame clause",
    ),
    "load/dimensions/20_stores": (
        "        min(stage_sales.store_name) as store_name\n",
        "        string_agg(stage_sales.store_name, ' ') as store_name\n",
        "string_agg",
    ),
    "load/dimensions/21_customers": (
        "where customers.customer_id is null",
        (
            "where customers.customer_id is null and exists (select 1 from stores where"
            " stores.store_id = staged.store_id and stores.store_name > staged.hash_key_id)"
        ),
        "correlated subquery",
    ),
    "load/reject/02_rejected_rows": (
        "where numbered.place <= 1000",
        "where numbered.place > 0 on conflict do nothing",
        "syntax error",
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
    statement = with_examples(statements(script(name).read_text(encoding="utf-8"))[-1])
    assert statement.count(before) == 1
    return statement, statement.replace(before, after), message


def staged(loads: Loads) -> Warehouse:
    """Stage a file, so that each statement finds its tables; return the connection."""
    loads.empty()
    loads.warehouse.execute(f"drop table if exists {', '.join(STAGING)}")
    loads.stage(File(rejections=(Rejection(9),)))
    return loads.warehouse


def make_room(warehouse: Warehouse, statement: str) -> None:
    """Drop what a statement creates."""
    # create temp table sale_decisions as … -> drop table if exists sale_decisions
    if created := statement.partition("create ")[2].split(" as")[0].removeprefix("temp "):
        kind, _, name = created.partition(" ")
        warehouse.execute(f"drop {kind} if exists {name}")


@pytest.mark.engines("redshift")
@pytest.mark.parametrize("name", MISTAKES, ids=lambda name: Path(name).name)
def test_a_mistake_is_refused(loads: Loads, name: str) -> None:
    warehouse = staged(loads)
    statement, mistaken, message = last_statement(name)

    with pytest.raises(WarehouseError, match=message):
        warehouse.execute(mistaken)

    make_room(warehouse, statement)
    warehouse.execute(statement)


@pytest.mark.parametrize("name", MISTAKES, ids=lambda name: Path(name).name)
def test_postgresql_does_not_notice_it(loads: Loads, name: str) -> None:
    """So it is the stand-in that finds it."""
    warehouse = staged(loads)
    _, mistaken, _ = last_statement(name)

    warehouse.execute("begin")
    make_room(warehouse, mistaken)
    warehouse.execute(mistaken)
    warehouse.execute("rollback")
