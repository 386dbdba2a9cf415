"""`demo`: load two stores' days in a separate cloud, and compare the warehouse with an independent count."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import click

from chalicelib.people.quantities import quantity
from local import counting, warehouse
from local.client import Clients
from local.cloud import postgres
from local.cloud.options import Options
from local.commands.down import down
from local.commands.put import put
from local.commands.up import up
from local.errors import LocalCloudError
from local.samples import generator
from local.samples.menu import STORES
from local.state import PROJECT, Run, State

FIRST_DAY = date(2022, 3, 14)
DAYS = 2
SALES = 300
TIMEOUT_SECONDS = 120
BY_STORE = """
    select store_name as store, count(*) as sales, sum(total_price) as revenue
    from transactions
    inner join stores on transactions.store_id = stores.store_id
    group by store_name
    order by store_name
"""
BEST_PRODUCTS = """
    select trim(products.size || ' ' || products.product_name) as product, count(*) as items,
        sum(baskets.unit_price) as revenue
    from baskets
    inner join products on baskets.product_id = products.product_id
    group by products.size, products.product_name
    order by revenue desc, product
    limit 5
"""
A_CUSTOMER = "select customer_hash from customers order by customer_id limit 1"
GOING_ON = """
To go on with a cloud that stays:
  {python} -m local up --detach
  {python} -m local generate --help
  {python} -m local put FILE…
  {python} -m local query 'select * from daily_sales'
  {python} -m local down
"""


@click.command("demo", epilog="Example: python -m local demo")
@click.pass_obj
def command(folder: Path) -> int:
    """Load two stores' made-up days in a separate cloud.

    Uploads made-up files, compares the warehouse with an independent count of them, and searches tables and
    objects for the customers' names. The exit code is 1 if the figures differ, or if a name is there.
    """
    _forget(State.open(folder / "demo"))
    state = State.open(folder / "demo")
    if up(state, Options(), detach=True):
        return 1
    try:
        return _show(state)
    finally:
        down(state)


def _forget(state: State) -> None:
    """Delete an earlier demo's state; stop its cloud first if it still runs."""
    if state.supervisor() is not None:
        down(state)
    postgres.stop_leftover(state.warehouse)
    shutil.rmtree(state.folder)


def _show(state: State) -> int:
    """Load made-up files and show the warehouse; return 1 if it differs from the files or contains a name."""
    run, paths = state.running(), _generate(state.folder / "files")
    _heading(f"{quantity(len(paths), 'made-up file')}, uploaded as stores do it")
    if put(state, paths, None, TIMEOUT_SECONDS):
        raise LocalCloudError("The demo's files were not loaded.")
    counted = counting.count(paths)
    stores = warehouse.rows(run.warehouse, BY_STORE)
    _heading("Sales in the warehouse")
    _table(stores)
    _heading("Best products")
    _table(warehouse.rows(run.warehouse, BEST_PRODUCTS))
    agrees = _compare(stores, counted)
    clean = _show_names(run, counted)
    print(GOING_ON.format(python=_python()))
    return 0 if agrees and clean else 1


def _generate(folder: Path) -> list[Path]:
    return generator.write_files(
        folder, stores=STORES[:2], first_day=FIRST_DAY, days=DAYS, sales=SALES, seed=1
    )


def _compare(stores: list[dict[str, Any]], counted: counting.Count) -> bool:
    """Compare warehouse and files, store by store, to the penny; print the result and return whether they agree."""
    loaded = {row["store"]: (row["sales"], row["revenue"]) for row in stores}
    in_files = {store: (sales, counted.revenue[store]) for store, sales in counted.sales.items()}
    _heading("An independent count of the files")
    sales, revenue = counted.sales.total(), sum(counted.revenue.values())
    agrees = loaded == in_files
    verdict = "the warehouse agrees" if agrees else f"THE WAREHOUSE DISAGREES, the files say {in_files}"
    print(f"{quantity(sales, 'sale')}, {revenue:,.2f} pounds: {verdict}")
    return agrees


def _show_names(run: Run, counted: counting.Count) -> bool:
    """Search every table and object for the customers' names, and print the result."""
    _heading("The names of the customers")
    stored = warehouse.rows(run.warehouse, A_CUSTOMER)[0]["customer_hash"]
    places = counting.places_of_names(counted.names, run.warehouse, Clients.of(run))
    print(f"{quantity(len(counted.names), 'name')}, kept as keyed hashes such as {stored[:16]}…")
    print(f"Tables and objects that contain a customer's name: {len(places)}")
    print(*places, sep="\n", end="\n" if places else "")
    return not places


def _heading(text: str) -> None:
    print(f"\n{text}")


def _table(rows: list[dict[str, Any]]) -> None:
    """Print rows in columns under their names: text to the left, numbers to the right."""
    # [{"store": "Marram", "sales": 1072}] -> "  store   sales" and "  Marram  1,072"
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *numbers = zip(row, widths, strict=True)
        print("  " + "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in numbers)]))


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _python() -> str:
    return ".venv/bin/python" if (PROJECT / ".venv").exists() else "python"
