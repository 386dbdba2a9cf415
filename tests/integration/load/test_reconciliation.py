"""Whether what a load has written adds up: it does for good files, and nothing that is spoilt passes."""

from decimal import Decimal

import pytest

from chalicelib.load.reconciliation import Figures
from tests.support.sql_loads import File, Item, Loads, Rejection, Sale

ANN, BOB, CAT = (Sale(customer=name, minute=minute) for minute, name in enumerate(("ann", "bob", "cat")))
TWO_ITEMS = Sale(9, "dan", (Item(), Item("Mocha", price=Decimal("1.10"))))
FILE = File(sales=(ANN, BOB, TWO_ITEMS), rejections=(Rejection(4),))
OVERLAP = (
    File("morning.csv", (ANN, TWO_ITEMS), second=1),
    File("noon.csv", (ANN, BOB), second=2),
    File("day.csv", (ANN, BOB, CAT, TWO_ITEMS), second=3),
)


def reconcile(loads: Loads, *files: File) -> list[Figures]:
    """Load files and return what their reconciliation said."""
    loads.stage(*files)
    with loads.warehouse.locked_transaction():
        figures = loads.transform()
    loads.drop_staging()
    return figures


def test_the_figures_of_a_file_are_what_ingest_counted(loads: Loads) -> None:
    """Rejected rows are rows that were found."""
    [figures] = reconcile(loads, FILE)

    total = Decimal("8.45")
    assert figures == (1, 1, "loaded", None, 4, 4, 4, 4, total, total, total)


def test_the_figures_of_overlapping_files_add_up(loads: Loads) -> None:
    """A sale that is taken over counts for both files; the first file keeps none."""
    figures = reconcile(loads, *OVERLAP)

    assert all(each.agree for each in figures)
    assert [each.rows_found for each in figures] == [2, 2, 4]
    assert [each.items_found for each in figures] == [3, 2, 5]


def test_the_figures_of_corrected_files_add_up(loads: Loads) -> None:
    """What the version before left is no part of them."""
    loads.load(*OVERLAP)

    figures = reconcile(
        loads,
        File("noon.csv", (CAT,), second=4),
        File("morning.csv", (BOB,), second=5),
        File("late.csv", (CAT,), second=6, content="late"),
    )

    assert [each.status for each in figures] == ["loaded"] * 3
    assert all(each.agree for each in figures)


def test_every_requested_file_has_its_row(loads: Loads) -> None:
    """Loaded or not; a duplicate names the key of the original."""
    loads.load(File("a.csv", second=1))

    figures = reconcile(
        loads,
        File("a.csv", second=1),
        File("b.csv", second=2),
        File("a.csv", (BOB,)),
        File("c.csv", (), reason="no_columns", content="?"),
    )

    assert [(each.status, each.original_key) for each in figures] == [
        ("unchanged", None),
        ("duplicate", "a.csv"),
        ("superseded", None),
        ("refused", None),
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
def test_what_is_spoilt_in_staging_does_not_add_up(loads: Loads, statement: str) -> None:
    """A part that was written or copied wrongly is found before commit."""
    [figures] = loads.tampered(FILE, statement=statement)

    assert not figures.agree


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_nor_does_it_between_files_that_overlap(loads: Loads, statement: str) -> None:
    """A sale that is taken over hides nothing: one of the files does not add up."""
    files = (
        File("morning.csv", FILE.sales[:2], second=1),
        File(sales=FILE.sales, rejections=FILE.rejections, second=2),
    )

    assert not all(each.agree for each in loads.tampered(*files, statement=statement))


def test_a_file_that_is_spoilt_does_not_blame_the_others(loads: Loads) -> None:
    """The reconciliation says which one."""
    files = [File(f"{number}.csv", (Sale(number),), second=number) for number in range(4)]

    figures = loads.tampered(*files, statement="delete from stage_sales where ingest_id = 3")

    assert [each.agree for each in figures] == [True, True, False, True]


@pytest.mark.parametrize("table", ["stores", "customers", "products", "flavours"])
def test_a_doubled_row_of_a_dimension_is_found(loads: Loads, table: str) -> None:
    """No constraint prevents it; sales or items that it doubles do not pass."""
    flavoured = Sale(3, items=(Item("Flavoured latte", flavour="Hazelnut"),))
    loads.load(File("before.csv", (flavoured,)))
    key = f"{table.removesuffix('s')}_id"
    others = loads.column(
        f"select string_agg(column_name, ', ') from information_schema.columns"
        f" where table_name = '{table}' and column_name <> '{key}'"
    )[0]
    loads.warehouse.execute(
        f"insert into {table} ({key}, {others}) select {key} + 100, {others} from {table}"
    )
    later = Sale(4, items=flavoured.items)

    [figures] = loads.tampered(File(sales=(later,), second=1), statement="select 1")

    assert not figures.agree
