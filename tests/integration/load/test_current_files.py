"""The warehouse has what current files state, each sale once: sales move aside, come back and leave."""

from decimal import Decimal
from itertools import permutations

import pytest

from chalicelib.errors import ReconciliationError
from chalicelib.load import removal
from chalicelib.model import Status
from tests.support.sql_loads import File, Item, Loads, Sale, digest

pytestmark = pytest.mark.engines("postgres", "redshift")

ANN, BOB, CAT, DAN = (
    Sale(customer=name, minute=minute) for minute, name in enumerate(("ann", "bob", "cat", "dan"))
)
NAMES = {digest(name): name for name in ("ann", "bob", "cat", "dan", "eve")} | {"": "nobody"}


def file(key: str, *sales: Sale, second: int = 0) -> File:
    """Return a version under a dated name, which is that day's file."""
    return File(f"{key}_25-08-2021.csv", sales, second)


def counted(loads: Loads) -> list[tuple[str, str, int]]:
    """Return key, name and minute of each sale that counts."""
    return [
        (key.partition("_")[0], NAMES[customer_hash.strip()], int(minute))
        for key, minute, customer_hash, _ in loads.sales()
    ]


def names(loads: Loads) -> list[str]:
    """Return the names of all sales that count, sorted."""
    return sorted(name for _, name, _ in counted(loads))


def aside(loads: Loads) -> list[tuple[int, int, int]]:
    """Return file, line and the sale that counts instead of each sale that is kept aside."""
    return loads.rows(
        "select file_id, line_number, taken_over_by from kept_aside where item_number = 1 order by 1, 2"
    )


def remarks(loads: Loads, file_id: int) -> str:
    """Return what the ledger says of a file, without the remarks of ingest."""
    [(text,)] = loads.rows(f"select remarks from load_files where file_id = {file_id}")
    return str(text).removeprefix("look").strip()


def withdraw(loads: Loads, key: str) -> list[removal.Removed]:
    """Withdraw the files of a key."""
    entries = removal.rows_to_remove(loads.warehouse, f"{key}_25-08-2021.csv", Status.WITHDRAWN)
    return removal.remove(entries, Status.WITHDRAWN, loads.warehouse)


def test_a_sale_comes_back_when_the_file_that_counted_it_is_corrected(loads: Loads) -> None:
    """The older export of the other store still states it."""
    loads.load(file("b", ANN, BOB, second=1))
    loads.load(file("a", BOB, CAT, second=2))
    assert counted(loads) == [("b", "ann", 0), ("a", "bob", 1), ("a", "cat", 2)]
    assert aside(loads) == [(1, 2, 2_000_000_001)]

    loads.load(file("a", DAN, second=3))

    assert counted(loads) == [("b", "ann", 0), ("b", "bob", 1), ("a", "dan", 3)]
    assert aside(loads) == []


def test_a_sale_comes_back_with_all_its_items(loads: Loads) -> None:
    two_items = Sale(9, "eve", (Item(), Item("Mocha", "Regular", "Mint", Decimal("1.10"))))
    loads.load(file("b", two_items, second=1))
    before = loads.rows("select * from baskets order by item_number")
    loads.load(file("a", two_items, CAT, second=2))
    assert loads.column("select count(*) from kept_aside") == [2]

    loads.load(file("a", DAN, second=3))

    assert (
        loads.rows("select * from baskets where transaction_id < 2000000000 order by item_number") == before
    )


def test_a_sale_that_is_kept_aside_twice_comes_back_once(loads: Loads) -> None:
    """The newest other file counts it, and the oldest one's row is kept aside for that one."""
    for second, key in enumerate(("c", "b", "a"), 1):
        loads.load(File(f"{key}_25-08-2021.csv", (ANN,), second, content=key))
    assert aside(loads) == [(1, 1, 3_000_000_001), (2, 1, 3_000_000_001)]

    withdraw(loads, "a")

    assert counted(loads) == [("b", "ann", 0)]
    assert aside(loads) == [(1, 1, 2_000_000_001)]


@pytest.mark.parametrize("order", list(permutations(("named", "nameless", "part"))))
def test_a_day_that_comes_again_without_its_customers_doubles_nothing(
    loads: Loads, order: tuple[str, ...]
) -> None:
    """Two of the three named sales are one visit: same minute, payment and items."""
    day = (ANN, Sale(0, "bob"), CAT)
    files = {
        "named": file("named", *day),
        "nameless": file("nameless", *(Sale(sale.minute, "") for sale in day)),
        "part": file("part", ANN, Sale(0, "")),
    }

    for second, name in enumerate(order):
        loads.load(File(files[name].key, files[name].sales, second))

    assert names(loads) == ["ann", "bob", "cat"]
    assert loads.column("select count(*) from baskets") == [3]


def test_nameless_sales_count_as_far_as_a_file_has_more_of_them(loads: Loads) -> None:
    """One file has Ann and Bob in a minute, another one three sales without a name."""
    loads.load(file("named", ANN, Sale(0, "bob"), second=1))
    loads.load(file("nameless", *[Sale(0, "")] * 3, second=2))
    assert names(loads) == ["ann", "bob", "nobody"]

    withdraw(loads, "named")
    assert names(loads) == ["nobody"] * 3

    withdraw(loads, "nameless")
    assert counted(loads) == []


def test_the_unknown_customer_of_a_store_is_one_row(loads: Loads) -> None:
    loads.load(file("a", Sale(1, ""), Sale(2, ""), Sale(3, "", store="York")))
    loads.load(file("b", Sale(4, ""), second=1))

    assert loads.rows("select store_id, trim(customer_hash), hash_key_id from customers order by 1") == [
        (1, "", ""),
        (2, "", ""),
    ]


def test_one_store_in_two_spellings_is_one_store(loads: Loads) -> None:
    """It keeps the first spelling."""
    loads.load(file("a", Sale(0, "ann", store="Leeds")))

    loads.load(file("b", Sale(0, "ann", store="LEEDS"), Sale(1, "bob", store="LEEDS"), second=1))

    assert loads.column("select store_name from stores") == ["Leeds"]
    assert names(loads) == ["ann", "bob"]


def test_two_equal_rows_of_one_file_are_two_sales(loads: Loads) -> None:
    loads.load(file("a", ANN, ANN, second=1))
    loads.load(file("b", ANN, ANN, ANN, second=2))
    assert names(loads) == ["ann"] * 3

    withdraw(loads, "b")

    assert names(loads) == ["ann"] * 2


def test_withdrawn_sales_that_others_state_count_as_theirs(loads: Loads) -> None:
    loads.load(file("b", ANN, second=1))
    loads.load(file("a", ANN, BOB, second=2))

    [removed] = withdraw(loads, "a")

    assert (removed.sales_lost, removed.sales_restated) == (1, 1)
    assert counted(loads) == [("b", "ann", 0)]
    assert loads.column("select status from load_files order by file_id") == ["loaded", "withdrawn"]
    assert withdraw(loads, "a") == []
    assert loads.load(file("a", ANN, BOB, second=2)) == ["unchanged"]
    assert loads.load(file("a", CAT, second=1)) == ["superseded"]


def test_an_erased_file_leaves_key_digest_and_version(loads: Loads) -> None:
    """So do all other files with its content, and the names and products that only they had."""
    odd = Sale(5, "eve", (Item("Eve Smith", "Large", "Card 1234"),), store="Nowhere")
    loads.load(file("a", ANN))
    loads.load(file("b", ANN, odd, second=1), file("copy", ANN, odd, second=2))
    warehouse = loads.warehouse

    entries = removal.rows_to_remove(warehouse, "b_25-08-2021.csv", Status.ERASED)
    removed = removal.remove(entries, Status.ERASED, warehouse)

    assert {row.entry.object_key for row in removed} == {"b_25-08-2021.csv", "copy_25-08-2021.csv"}
    assert counted(loads) == [("a", "ann", 0)]
    everything = repr(loads.everything())
    for word in ("Eve Smith", "Card 1234", "Nowhere", digest("eve")):
        assert word not in everything
    assert loads.load(file("copy", ANN, odd, second=2)) == ["unchanged"]


def test_an_erased_customers_sales_stay_without_the_name(loads: Loads) -> None:
    """They are counted like any sale without a name: another file's sale of the same visit may be this one."""
    loads.load(file("a", ANN, Sale(0, "bob"), BOB, second=1))
    loads.load(file("b", ANN, second=2))

    assert removal.erase_customer("leeds", digest("bob"), loads.warehouse) == 2

    assert names(loads) == ["ann", "nobody", "nobody"]
    assert digest("bob") not in repr(loads.everything())
    assert removal.erase_customer("leeds", digest("bob"), loads.warehouse) == 0
    loads.load(file("c", Sale(0, ""), Sale(0, ""), second=3))
    assert names(loads) == ["ann", "nobody", "nobody"]


def test_a_load_tells_what_it_does_to_the_sales_of_others(loads: Loads) -> None:
    loads.load(file("b", ANN, BOB, second=1))
    loads.load(file("a", BOB, CAT, second=2))
    assert remarks(loads, 2) == "It counts 1 sale of b_25-08-2021.csv as its own now."

    loads.load(file("a", DAN, second=3))

    assert remarks(loads, 3) == (
        "It replaces 1 sale of 25/08/2021, Leeds, which no longer counts."
        " It replaces 1 sale of an earlier version that it, or another file, states again."
        " 1 sale of b_25-08-2021.csv counts again."
    )


def test_a_dated_name_and_a_rolling_one_may_overlap(loads: Loads) -> None:
    """A week under sales.csv counts over its days, and covers an earlier week of the same days."""
    loads.load(File("sales.csv", (ANN, BOB), 1))
    loads.load(file("leeds", BOB, CAT, second=2))

    loads.load(File("sales.csv", (BOB, DAN), 3))

    assert names(loads) == ["bob", "cat", "dan"]
    assert loads.column("select status from load_files order by file_id") == [
        "superseded",
        "loaded",
        "loaded",
    ]


@pytest.mark.parametrize("table", ["transactions", "baskets", "kept_aside"])
def test_a_moved_sale_that_is_not_there_once_is_found(loads: Loads, table: str) -> None:
    """Somebody has doubled rows by hand."""
    loads.load(file("b", ANN, BOB, second=1))
    if table == "kept_aside":
        loads.load(file("a", BOB, CAT, second=2))
    loads.warehouse.execute(f"insert into {table} select * from {table}")

    with pytest.raises(ReconciliationError, match="moved sales are not in the one place"):
        loads.load(file("a", BOB, DAN, second=3) if table != "kept_aside" else file("a", DAN, second=3))


def test_sales_of_an_erased_file_that_a_duplicate_states_are_not_doubled_later(loads: Loads) -> None:
    """They are under the number of the erased file, and another file that states them must find them there."""
    loads.load(file("c", ANN, second=1))
    loads.load(file("c", ANN, BOB, second=2))
    loads.load(file("d", ANN, BOB, second=3))
    loads.load(file("l", ANN, second=4))
    warehouse = loads.warehouse

    removal.remove(
        removal.rows_to_remove(warehouse, "l_25-08-2021.csv", Status.ERASED), Status.ERASED, warehouse
    )
    assert names(loads) == ["ann", "bob"]
    loads.load(file("y", BOB, CAT, second=5))

    assert names(loads) == ["ann", "bob", "cat"]
