"""The reconciliation before the commit: the figures of good files agree, and no spoilt file passes."""

from decimal import Decimal

import pytest

from chalicelib.errors import ReconciliationError
from tests.support.sql_loads import File, Item, Loads, Rejection, Sale

pytestmark = pytest.mark.engines("postgres", "redshift")

ANN, BOB, CAT = (Sale(customer=name, minute=minute) for minute, name in enumerate(("ann", "bob", "cat")))
TWO_ITEMS = Sale(9, "dan", (Item(), Item("Mocha", price=Decimal("1.10"))))
FILE = File(sales=(ANN, BOB, TWO_ITEMS), rejections=(Rejection(4),))
OVERLAP = (
    File("morning.csv", (ANN, TWO_ITEMS), second=1),
    File("noon.csv", (ANN, BOB), second=2),
    File("day.csv", (ANN, BOB, CAT, TWO_ITEMS), second=3),
)


def test_good_files_reconcile(loads: Loads) -> None:
    """Rejected rows are among the rows read, sales that are kept aside among the rows found."""
    assert loads.load(FILE) == ["loaded"]
    assert loads.load(*OVERLAP) == ["loaded"] * 3

    assert (
        loads.load(
            File("noon.csv", (CAT,), second=4),
            File("morning.csv", (BOB,), second=5),
            File("late.csv", (CAT,), second=6, content="late"),
        )
        == ["loaded"] * 3
    )


def test_files_that_are_not_loaded_need_no_figures(loads: Loads) -> None:
    loads.load(File("a.csv", second=1))

    assert loads.load(
        File("a.csv", second=1),
        File("b.csv", second=2),
        File("a.csv", (BOB,)),
        File("c.csv", (), reason="no_columns", content="?"),
    ) == ["unchanged", "duplicate", "superseded", "refused"]
    assert loads.column("select sentence from load_files where status = 'duplicate'") == [
        "This file has the same content as a.csv, which is already loaded."
    ]


SPOILT = {
    "a sale is missing": "delete from stage_sales where line_number = 2",
    "all sales are missing": "delete from stage_sales",
    "a sale came twice": "insert into stage_sales select * from stage_sales where line_number = 2",
    "a sale has another line's items": "update stage_sales set line_number = 77 where line_number = 2",
    "a sale has another price": "update stage_sales set total_price = 2.46 where line_number = 2",
    "an item is missing": "delete from stage_items where line_number = 3 and item_number = 1",
    "all items are missing": "delete from stage_items",
    "an item came twice": "insert into stage_items select * from stage_items where item_number = 2",
    "an item belongs to no sale": "update stage_items set line_number = 77 where line_number = 2",
    "an item of no sale came too": (
        "insert into stage_items select ingest_id, 77, 1, catalogue_number, product_name, size, flavour_name,"
        " unit_price from stage_items where line_number = 2"
    ),
    "an item has another price": "update stage_items set unit_price = 2.44 where unit_price = 2.45",
    "a rejected row is missing": "delete from stage_rejections",
    "a rejected row came twice": "insert into stage_rejections select * from stage_rejections",
    "nothing of the file came": "update stage_sales set ingest_id = 99",
}


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_spoilt_staging_does_not_reconcile(loads: Loads, statement: str) -> None:
    """A part that was written or copied wrongly is found before the commit."""
    with pytest.raises(ReconciliationError, match=r"leeds\.csv: \d of 4 rows"):
        loads.tampered(FILE, statement=statement)

    assert loads.column("select count(*) from load_files") == [0]


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_spoilt_staging_of_overlapping_files_does_not_reconcile(loads: Loads, statement: str) -> None:
    """A sale that another file takes over hides nothing: one of the files does not reconcile."""
    files = (
        File("morning.csv", FILE.sales[:2], second=1),
        File(sales=FILE.sales, rejections=FILE.rejections, second=2),
    )

    with pytest.raises(ReconciliationError):
        loads.tampered(*files, statement=statement)


def test_only_the_file_that_is_spoilt_does_not_reconcile(loads: Loads) -> None:
    files = [File(f"{number}.csv", (Sale(number),), second=number) for number in range(4)]

    with pytest.raises(ReconciliationError, match=r"^2\.csv: 0 of 1 rows[^:]*$"):
        loads.tampered(*files, statement="delete from stage_sales where ingest_id = 3")


@pytest.mark.parametrize("table", ["stores", "customers", "products", "flavours"])
def test_a_doubled_row_of_a_dimension_is_found(loads: Loads, table: str) -> None:
    """No constraint prevents such a row. A file whose sales or items it doubles does not reconcile."""
    flavoured = Sale(3, items=(Item("Flavoured latte", flavour="Hazelnut"),))
    loads.load(File("before.csv", (flavoured,)))
    key = f"{table.removesuffix('s')}_id"
    names = loads.column(
        f"select column_name from information_schema.columns where table_name = '{table}' and column_name <> '{key}'"
    )
    columns = ", ".join(names)
    loads.warehouse.execute(
        f"insert into {table} ({key}, {columns}) select {key} + 100, {columns} from {table}"
    )
    later = Sale(4, items=flavoured.items)

    with pytest.raises(ReconciliationError):
        loads.load(File(sales=(later,), second=1))
