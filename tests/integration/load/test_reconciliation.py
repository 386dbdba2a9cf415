"""The reconciliation before the commit: the figures of good files agree, and no spoilt file passes."""

from decimal import Decimal

import pytest

from chalicelib.load.reconciliation import Figures
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


def reconcile(loads: Loads, *files: File) -> list[Figures]:
    """Load files and return their figures."""
    loads.stage(*files)
    with loads.warehouse.locked_transaction():
        figures = loads.transform()
    loads.drop_staging()
    return figures


def test_the_figures_of_a_file_agree_with_the_counts_of_ingest(loads: Loads) -> None:
    """Rejected rows are among the rows read."""
    [figures] = reconcile(loads, FILE)

    total = Decimal("8.45")
    assert figures == (1, 1, "loaded", "", 4, 4, 4, 4, total, total, total)


def test_the_figures_of_overlapping_files_agree(loads: Loads) -> None:
    """A sale that another file takes over counts for both, although the first file keeps none."""
    figures = reconcile(loads, *OVERLAP)

    assert all(file.agree for file in figures)
    assert [file.rows_found for file in figures] == [2, 2, 4]
    assert [file.items_found for file in figures] == [3, 2, 5]


def test_the_figures_of_corrected_files_agree(loads: Loads) -> None:
    """Sales that are left from the version before do not count."""
    loads.load(*OVERLAP)

    figures = reconcile(
        loads,
        File("noon.csv", (CAT,), second=4),
        File("morning.csv", (BOB,), second=5),
        File("late.csv", (CAT,), second=6, content="late"),
    )

    assert [file.status for file in figures] == ["loaded"] * 3
    assert all(file.agree for file in figures)


def test_every_requested_file_has_a_row_whether_it_is_loaded_or_not(loads: Loads) -> None:
    """The row of a duplicate names the original's key."""
    loads.load(File("a.csv", second=1))

    figures = reconcile(
        loads,
        File("a.csv", second=1),
        File("b.csv", second=2),
        File("a.csv", (BOB,)),
        File("c.csv", (), reason="no_columns", content="?"),
    )

    assert [(file.status, file.duplicate_sentence) for file in figures] == [
        ("unchanged", ""),
        ("duplicate", "This file has the same content as a.csv, which is already loaded."),
        ("superseded", ""),
        ("refused", ""),
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
        "insert into stage_items select ingest_id, 77, 1, product_name, size, flavour_name, unit_price"
        " from stage_items where line_number = 2"
    ),
    "an item has another price": "update stage_items set unit_price = 2.44 where line_number = 2",
    "a rejected row is missing": "delete from stage_rejections",
    "a rejected row came twice": "insert into stage_rejections select * from stage_rejections",
    "the total is another": "update stage_files set total = total + 0.01",
    "nothing of the file came": "update stage_sales set ingest_id = 99",
}


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_spoilt_staging_does_not_reconcile(loads: Loads, statement: str) -> None:
    """A part that was written or copied wrongly is found before the commit."""
    [figures] = loads.tampered(FILE, statement=statement)

    assert not figures.agree


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_spoilt_staging_of_overlapping_files_does_not_reconcile(loads: Loads, statement: str) -> None:
    """A sale that another file takes over hides nothing: one of the files does not reconcile."""
    files = (
        File("morning.csv", FILE.sales[:2], second=1),
        File(sales=FILE.sales, rejections=FILE.rejections, second=2),
    )

    assert not all(file.agree for file in loads.tampered(*files, statement=statement))


def test_only_the_file_that_is_spoilt_does_not_reconcile(loads: Loads) -> None:
    files = [File(f"{number}.csv", (Sale(number),), second=number) for number in range(4)]

    figures = loads.tampered(*files, statement="delete from stage_sales where ingest_id = 3")

    assert [file.agree for file in figures] == [True, True, False, True]


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

    [figures] = loads.tampered(File(sales=(later,), second=1), statement="select 1")

    assert not figures.agree
