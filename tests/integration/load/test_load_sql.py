"""The rows that a load writes: dimensions, sales and items; a sale of overlapping files counts once."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from chalicelib.load.changes import LOAD
from chalicelib.load.reconciliation import MOST_REJECTED_ROWS
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.grants import object_names
from chalicelib.warehouse.migrations import SCHEMA_VERSION
from chalicelib.warehouse.scripts import script, scripts
from local.cloud.cluster import BIN
from tests.support.sql_loads import File, Item, Loads, Rejection, Sale, with_examples

pytestmark = pytest.mark.engines("postgres", "redshift")

ANN, BOB, CAT, DAN = (
    Sale(customer=name, minute=minute) for minute, name in enumerate(("ann", "bob", "cat", "dan"))
)
LATTE, MOCHA = Item("Latte", "Large", "", Decimal("2.45")), Item("Mocha", "Regular", "", Decimal("2.30"))
HAZELNUT = Item("Flavoured latte", "Large", "Hazelnut", Decimal("2.85"))
HALVES = (File("morning.csv", (ANN, BOB), second=1), File("day.csv", (ANN, BOB, CAT), second=2))


def owners(loads: Loads) -> list[tuple[str, int]]:
    """Return the owner's key and the minute of each sale."""
    return sorted((key, int(minute)) for key, minute, *_ in loads.sales())


def items_match_sales(loads: Loads) -> bool:
    """Tell whether each sale has its items and each item its sale."""
    return (
        loads.rows(
            "select coalesce(transactions.transaction_id, baskets.transaction_id) from transactions"
            " full join baskets on transactions.transaction_id = baskets.transaction_id"
            " group by 1 having coalesce(min(transactions.total_price), -1) <> coalesce(sum(baskets.unit_price), -2)"
        )
        == []
    )


def test_a_file_becomes_sales_and_items(loads: Loads) -> None:
    """Ids follow from file and line: line 2 of file 1 is 1,000,000,002."""
    loads.load(File(sales=(Sale(0, "ann", (LATTE, HAZELNUT)), Sale(5, "bob", (MOCHA,), payment="CASH"))))

    assert loads.rows(
        "select transaction_id, file_id, line_number, store_name, payment_type, total_price,"
        " to_char(sold_at, 'HH24:MI') from transactions inner join stores using (store_id) order by 1"
    ) == [
        (1_000_000_001, 1, 1, "Leeds", "CARD", Decimal("5.30"), "09:00"),
        (1_000_000_002, 1, 2, "Leeds", "CASH", Decimal("2.30"), "09:05"),
    ]
    assert loads.rows(
        "select transaction_id, item_number, product_name, size, flavour_name, unit_price from baskets"
        " inner join products using (product_id) left join flavours using (flavour_id) order by 1, 2"
    ) == [
        (1_000_000_001, 1, "Latte", "Large", None, Decimal("2.45")),
        (1_000_000_001, 2, "Flavoured latte", "Large", "Hazelnut", Decimal("2.85")),
        (1_000_000_002, 1, "Mocha", "Regular", None, Decimal("2.30")),
    ]


def test_no_flavour_is_null_in_baskets_and_has_no_row_in_flavours(loads: Loads) -> None:
    loads.load(File(sales=(Sale(items=(LATTE, HAZELNUT)),)))

    assert loads.rows("select flavour_id, flavour_name from flavours") == [(1, "Hazelnut")]
    assert sorted(loads.column("select coalesce(flavour_id, 0) from baskets")) == [0, 1]


def test_the_same_name_in_two_stores_is_two_customers(loads: Loads) -> None:
    """No sale has a customer of another store."""
    loads.load(File(sales=(Sale(store="Leeds"), Sale(store="York"), Sale(minute=9, store="York"))))

    assert sorted(loads.column("select customer_id from customers")) == [1_000_000_001, 1_000_000_002]
    assert sorted(loads.column("select store_name from customers inner join stores using (store_id)")) == [
        "Leeds",
        "York",
    ]
    assert loads.column(
        "select count(*) from transactions inner join customers using (customer_id)"
        " where transactions.store_id <> customers.store_id"
    ) == [0]


def test_names_keep_their_case_and_sizes_are_products_of_their_own(loads: Loads) -> None:
    """Menus have both Hot Chocolate and Hot chocolate, as two products."""
    menu = [
        ("Hot Chocolate", "Large"),
        ("Hot Chocolate", "Regular"),
        ("Hot chocolate", "Large"),
        ("Speciality Tea", ""),
    ]
    loads.load(File(sales=(Sale(items=tuple(Item(name, size) for name, size in menu)),)))

    assert sorted(loads.rows("select product_name, size from products")) == menu


def test_a_new_value_of_a_dimension_gets_the_next_id_and_known_ones_keep_theirs(loads: Loads) -> None:
    loads.load(File("a.csv", (Sale(items=(MOCHA, HAZELNUT)),)))
    vanilla = Item("Affogato", "Large", "Vanilla", Decimal("3.00"))

    loads.load(
        File("b.csv", (Sale(1, "ann", (MOCHA, HAZELNUT, vanilla)), Sale(2, "bob", store="Alnwick")), second=1)
    )

    assert loads.rows("select store_id, store_name from stores order by 1") == [(1, "Leeds"), (2, "Alnwick")]
    assert loads.rows("select flavour_id, flavour_name from flavours order by 1") == [
        (1, "Hazelnut"),
        (2, "Vanilla"),
    ]
    assert loads.rows("select product_id, product_name from products order by 1") == [
        (1, "Flavoured latte"),
        (2, "Mocha"),
        (3, "Affogato"),
        (4, "Latte"),
    ]
    assert loads.rows("select customer_id, store_id from customers order by 1") == [
        (1_000_000_001, 1),
        (2_000_000_002, 2),
    ]


def test_two_loaders_at_once_take_turns(loads: Loads, warehouse_url: str) -> None:
    """Both stage at the same time, and each waits for the lock. The last one sees what the other has committed."""
    second = Loads(Warehouse.connect(warehouse_url))
    first_file, *second_files = (
        File("a.csv", (ANN, BOB), second=1),
        File("b.csv", (BOB, CAT), second=2),
        File("a.csv", (ANN, BOB), second=1),
    )
    loads.stage(first_file)
    second.stage(*second_files)

    with ThreadPoolExecutor() as pool:
        holder = Warehouse.connect(warehouse_url)
        with holder.locked_transaction():
            statuses = pool.submit(second.load_staged, *second_files)
            with pytest.raises(TimeoutError):
                statuses.result(timeout=0.3)
        holder.close()
        outcomes = statuses.result(timeout=20)
    loads.load_staged(first_file)
    second.warehouse.close()

    assert outcomes == ["loaded", "loaded"]
    assert owners(loads) == [("a.csv", 0), ("b.csv", 1), ("b.csv", 2)]
    assert [
        loads.column(f"select count(*) from {table}") for table in ("stores", "customers", "products")
    ] == [
        [1],
        [3],
        [1],
    ]


def test_files_that_are_not_loaded_leave_no_trace_in_the_dimensions(loads: Loads) -> None:
    """Neither a superseded version nor a duplicate adds a store, a customer or a product."""
    old = File("a_25-08-2021.csv", (Sale(1, "zoe", (Item("Old", "", "Mint"),), "York"),), second=1)
    new = File("a_25-08-2021.csv", (ANN,), second=2)

    assert loads.load(old, new, File("b.csv", (ANN,), second=3)) == ["superseded", "loaded", "duplicate"]

    for table in ("stores", "customers", "products"):
        assert loads.column(f"select count(*) from {table}") == [1]
    assert loads.column("select count(*) from flavours") == [0]


def test_of_many_rejected_rows_the_first_are_kept_and_all_are_counted(loads: Loads) -> None:
    """Of each file of a batch; a refused file is not reconciled."""
    rejections = tuple(map(Rejection, range(MOST_REJECTED_ROWS + 5, 4, -1)))
    files = (
        File("a.csv", (Sale(),), rejections=rejections),
        File("b.csv", (Sale(7),), rejections=rejections[:3]),
        File("c.csv", (), rejections=rejections, reason="no_valid_row", content="c"),
    )

    assert loads.load(*files) == ["loaded", "loaded", "refused"]
    assert loads.rows(
        "select file_id, min(line_number), max(line_number), count(*) from rejected_rows group by file_id order by 1"
    ) == [
        (1, 5, MOST_REJECTED_ROWS + 4, MOST_REJECTED_ROWS),
        (2, MOST_REJECTED_ROWS + 3, MOST_REJECTED_ROWS + 5, 3),
        (3, 5, MOST_REJECTED_ROWS + 4, MOST_REJECTED_ROWS),
    ]
    assert loads.column("select rows_rejected from load_files order by file_id") == [
        MOST_REJECTED_ROWS + 1,
        3,
        MOST_REJECTED_ROWS + 1,
    ]


def test_rejected_rows_are_recorded_with_the_file_whose_other_rows_are_loaded(loads: Loads) -> None:
    assert loads.load(File(sales=(ANN, BOB), rejections=(Rejection(7), Rejection(9, "sold_at")))) == [
        "loaded"
    ]

    assert loads.rows("select file_id, line_number, column_name from rejected_rows order by 2") == [
        (1, 7, "total"),
        (1, 9, "sold_at"),
    ]
    assert loads.rows("select rows_read, rows_loaded, rows_rejected, items, total from load_files") == [
        (4, 2, 2, 2, Decimal("4.90"))
    ]


@pytest.mark.parametrize("order", list(permutations(HALVES)))
def test_overlapping_files_in_one_batch_count_a_sale_once(loads: Loads, order: tuple[File, ...]) -> None:
    """The newest file that contains a sale owns it."""
    assert loads.load(*order) == ["loaded", "loaded"]

    assert owners(loads) == [("day.csv", 0), ("day.csv", 1), ("day.csv", 2)]
    assert items_match_sales(loads)


@pytest.mark.parametrize("order", list(permutations(HALVES)))
def test_overlapping_files_in_two_batches_count_a_sale_once(loads: Loads, order: tuple[File, ...]) -> None:
    """The file that is loaded last owns the sales that both contain."""
    for file in order:
        assert loads.load(file) == ["loaded"]

    last = order[-1]
    assert [minute for _, minute in owners(loads)] == [0, 1, 2] if last.key == "day.csv" else [2, 0, 1]
    assert owners(loads).count((last.key, 0)) == owners(loads).count((last.key, 1)) == 1
    assert items_match_sales(loads)


def test_the_same_sale_of_another_minute_or_store_is_another_sale(loads: Loads) -> None:
    """A sale key is compared only within its store and minute."""
    loads.load(File("a.csv", (Sale(0), Sale(1), Sale(0, store="York"))))
    loads.load(File("b.csv", (Sale(2), Sale(0, store="Bath")), second=1))

    assert loads.column("select count(*) from transactions") == [5]


def test_a_correction_does_not_delete_sales_that_another_file_has_taken_over(loads: Loads) -> None:
    """The sale of 09:01 belongs to the other file by then."""
    loads.load(File("morning.csv", (ANN, BOB), second=1))
    loads.load(File("day.csv", (BOB, CAT), second=2))

    loads.load(File("morning.csv", (DAN,), second=3))

    assert owners(loads) == [("day.csv", 1), ("day.csv", 2), ("morning.csv", 3)]
    assert items_match_sales(loads)


def test_a_correction_takes_over_sales_from_another_file(loads: Loads) -> None:
    """It replaces its own earlier version and owns every sale that it contains, in one step."""
    loads.load(File("morning.csv", (ANN, BOB), second=1), File("evening.csv", (CAT, DAN), second=2))

    loads.load(File("morning.csv", (BOB, CAT), second=3))

    assert owners(loads) == [("evening.csv", 3), ("morning.csv", 1), ("morning.csv", 2)]
    assert items_match_sales(loads)


def test_a_batch_of_unchanged_files_writes_nothing(loads: Loads) -> None:
    loads.load(File())
    before = loads.everything()

    assert loads.load(File(), File()) == ["unchanged", "unchanged"]

    assert loads.everything() == before


def test_the_views_agree_with_the_tables(loads: Loads) -> None:
    """Revenue counts a sale of several items once, and no view shows a superseded file."""
    loads.load(File(sales=(ANN,)))
    loads.load(File(sales=(Sale(0, "ann", (LATTE, HAZELNUT)), Sale(1, "bob", (LATTE,))), second=1))

    assert loads.rows("select store_name, sales, items, revenue from daily_sales") == [
        ("Leeds", 2, 3, Decimal("7.75"))
    ]
    assert sorted(
        loads.rows("select product_name, size, flavour_name, items, revenue from product_sales")
    ) == [
        ("Flavoured latte", "Large", "Hazelnut", 1, Decimal("2.85")),
        ("Latte", "Large", "", 2, Decimal("4.90")),
    ]
    assert loads.rows("select object_key, status, rows_loaded from file_outcomes") == [
        ("leeds.csv", "loaded", 2)
    ]


def test_the_view_of_outcomes_shows_a_refusal_until_a_newer_version_is_loaded(loads: Loads) -> None:
    """Somebody has to correct the file of a day as long as its newest version is refused."""
    key = "leeds_25-08-2021.csv"
    refusal = File(key, reason="empty", sales=(), content="nothing", second=1)
    loads.load(File(key, sales=(ANN,)), refusal)
    outcomes = "select status from file_outcomes order by status"
    assert loads.column(outcomes) == ["loaded", "refused"]

    loads.load(File(key, sales=(ANN, Sale(7, "bob")), second=2))
    assert loads.column(outcomes) == ["loaded"]


def test_no_staging_table_is_left_after_a_load(loads: Loads) -> None:
    """The next batch may use the same connection."""
    loads.load(File())

    assert (
        loads.column(
            "select relname from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
            " where nspname like 'pg_temp%' and relkind = 'r'"
        )
        == []
    )


def test_a_load_has_as_many_statements_for_forty_files_as_for_one(loads: Loads) -> None:
    """Their number depends neither on files nor on rows."""

    def statements_of(*files: File) -> list[str]:
        sent: list[str] = []
        execute = loads.warehouse.execute

        def count(statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
            # An INSERT has a place for each value: "insert into load_files (…) values (%s, …"
            sent.append(str(statement)[:60])
            return execute(statement, parameters)

        loads.stage(*files)
        loads.warehouse.execute = count  # type: ignore[method-assign]
        loads.load_staged(*files)
        loads.warehouse.execute = execute  # type: ignore[method-assign]
        return sent

    forty = statements_of(*(File(f"{number}.csv", (Sale(number),), second=number) for number in range(40)))

    assert statements_of(File("one.csv", (Sale(99),), second=99)) == forty


@pytest.mark.engines("postgres")
def test_every_script_runs_with_psql(warehouse_url: str) -> None:
    """They run in the order of a load, with values for the parameters: somebody may have to repair something."""
    files = [*scripts("schema", "views"), script("tuning/postgres"), *scripts(*LOAD)]
    text = with_examples("".join(file.read_text(encoding="utf-8") for file in files))
    result = subprocess.run(
        [BIN / "psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", warehouse_url],
        input=f"drop view {', '.join(object_names('views'))};\n{text}",
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_the_schema_may_be_created_again(loads: Loads) -> None:
    """No row is lost, and the schema's version is recorded once."""
    loads.load(File())
    before = loads.everything()

    schema.create(loads.warehouse)

    assert loads.everything() == before
    assert loads.column("select version from schema_version") == [SCHEMA_VERSION]
