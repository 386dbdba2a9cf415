"""Random uploads in random batches: the warehouse has what a load of the current files alone would give it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import stated_sales
from tests.support.sql_loads import MORNING, STAGING, File, Item, Loads, Sale, digest
from tests.support.stated_sales import store_key
from tests.support.union import Counted, union

pytestmark = pytest.mark.engines("postgres", "redshift", sample=False)

TEA = (Item("Tea"),)
NEXT_DAY = 24 * 60
SALES = (
    Sale(0, "ann"),
    Sale(1, "bob", (Item(), Item("Mocha", "Regular"))),
    Sale(1, "bob", (Item(),), store="York"),
    Sale(2, "ann", (Item("Flavoured latte", flavour="Hazelnut"), Item())),
    Sale(3, "cat", TEA),
    Sale(3, "eve", TEA),
    Sale(3, "", TEA),
    Sale(3, "", TEA, payment="OTHER"),
    Sale(NEXT_DAY, "ann"),
    Sale(NEXT_DAY, "", store="YORK"),
)
CONTENTS = (
    (0,),
    (0, 1),
    (1, 2),
    (0, 1, 2, 3),
    (3, 2),
    (4, 5),
    (4, 4, 6),
    (6, 6, 6),
    (5, 7, 0),
    (0, 1, 4, 8, 9),
    (8,),
    (),
)
"""The sales of each content by their numbers; several contents share sales, and the last one has none."""

KEYS = ("leeds 25-08-2021.csv", "york 25-08-2021.csv", "sales.csv", "till/sales.csv")
"""Two names that hold a day, and two rolling names."""

PEOPLE = {digest(name): name for name in ("ann", "bob", "cat", "eve")} | {"": ""}


def upload(key: str, content: int, second: int, sequencer: int) -> File:
    """Return a version of a file. The content after the last is one that cannot be read, and has no sales."""
    if content == len(CONTENTS):
        return File(key, (), second, f"{sequencer:02}", reason="no_columns", content="gibberish")
    return File(key, tuple(SALES[number] for number in CONTENTS[content]), second, f"{sequencer:02}")


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[File]]:
    """Draw uploads in batches, in an order that has nothing to do with their age, some of them twice."""
    sequencers = draw(st.lists(st.integers(0, 99), min_size=1, max_size=9, unique=True))
    uploads = [
        upload(
            draw(st.sampled_from(KEYS)),
            draw(st.integers(0, len(CONTENTS))),
            draw(st.integers(0, 2)),
            sequencer,
        )
        for sequencer in sequencers
    ]
    again = draw(st.lists(st.sampled_from(uploads), max_size=4))
    order = draw(st.permutations(uploads + again))
    # Deliveries a to e in batches that end after 2, 3 and 5 -> [[a, b], [c], [d, e]]
    ends = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {len(order)})
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def recency(file: File) -> tuple[int, str]:
    """Return a value that is greater for the newer of two versions."""
    return file.second, file.sequencer


def current_files(files: Iterable[File]) -> list[File]:
    """Return the files that no newer version of their key covers."""
    readable = [file for file in files if not file.reason]
    return [file for file in readable if not any(covers(newer, file) for newer in readable)]


def covers(newer: File, older: File) -> bool:
    """Tell whether a version replaces another one. A version without sales never replaces sales."""
    if newer.key != older.key or recency(newer) <= recency(older):
        return False
    if "2021" in newer.key:
        return bool(newer.sales) or not older.sales
    return days(older) <= days(newer)


def days(file: File) -> set[tuple[str, int]]:
    """Return the stores and days of a file's sales, in pairs."""
    return {(store_key(sale.store), sale.minute // NEXT_DAY) for sale in file.sales}


def stated(file: File) -> list[stated_sales.Sale]:
    """Return a file's sales as the union takes them."""
    return [
        stated_sales.Sale(
            MORNING + timedelta(minutes=sale.minute), sale.store, sale.customer, sale.payment, sale.items
        )
        for sale in file.sales
    ]


def counted(loads: Loads) -> Counter[Counted]:
    """Return the sales of the warehouse, with their items."""
    items = defaultdict(list)
    for transaction_id, *item in loads.rows(
        "select transaction_id, product_name, size, coalesce(flavour_name, ''), unit_price"
        " from baskets left join products using (product_id) left join flavours using (flavour_id)"
    ):
        items[transaction_id].append(tuple(item))
    sales = loads.rows(
        "select transaction_id, store_key, sold_at, payment_type, total_price, trim(customer_hash)"
        " from transactions left join stores using (store_id) left join customers using (customer_id)"
    )
    return Counter(
        (*sale, tuple(sorted(items[transaction_id])), PEOPLE[customer])
        for transaction_id, *sale, customer in sales
    )


def ledger(loads: Loads) -> set[tuple[str, str]]:
    """Return key and content of the current files."""
    return set(
        loads.rows(
            "select object_key, content_sha256 from load_files where status in ('loaded', 'duplicate')"
        )
    )


def inconsistencies(loads: Loads) -> list[str]:
    """Return the names of the rules that the tables break: rows that exist twice, or that do not fit together."""
    questions = {
        "stores": "select 1 from stores group by store_key having count(*) > 1",
        "customers": "select 1 from customers group by store_id, customer_hash having count(*) > 1",
        "customer ids": "select 1 from customers group by customer_id having count(*) > 1",
        "products": "select 1 from products group by product_name, size having count(*) > 1",
        "flavours": "select 1 from flavours group by flavour_name having count(*) > 1",
        "load_files": "select 1 from load_files group by file_id having count(*) > 1",
        "loaded": (
            "select 1 from load_files where status = 'loaded' and sales_file_id is not null"
            " group by content_sha256 having count(*) > 1"
        ),
        "transactions": "select 1 from transactions group by transaction_id having count(*) > 1",
        "sale keys": "select 1 from transactions group by store_id, sold_at, sale_key having count(*) > 1",
        "customers of other stores": (
            "select 1 from transactions inner join customers using (customer_id)"
            " where transactions.store_id <> customers.store_id"
        ),
        "baskets": (
            "select 1 from transactions full join baskets on transactions.transaction_id = baskets.transaction_id"
            " group by transactions.transaction_id, baskets.transaction_id"
            " having coalesce(min(total_price), -1) <> coalesce(sum(unit_price), -2)"
        ),
        "rows that count and are kept aside": "select 1 from transactions inner join kept_aside using (transaction_id)",
        "rows of contents that are not live": (
            "select 1 from (select file_id from transactions union all select file_id from kept_aside) as facts"
            " left join load_files on facts.file_id = load_files.sales_file_id where load_files.file_id is null"
        ),
    }
    return [name for name, question in questions.items() if loads.rows(question)]


def load_in_new_order(loads: Loads, files: Sequence[File]) -> None:
    """Load files into an emptied warehouse, one by one, the newest first."""
    loads.empty()
    for file in sorted(files, key=recency, reverse=True):
        loads.load(file)


@settings(
    max_examples=80,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=deliveries())
def test_any_history_ends_as_a_fresh_load_of_its_current_files(
    loads: Loads, batches: list[list[File]]
) -> None:
    """Each sale that a current file states counts once after each batch; a redelivery of all changes nothing."""
    # A load that fails leaves these tables to the next example, which has the same connection.
    loads.warehouse.execute(f"drop table if exists {', '.join(STAGING)}")
    loads.empty()
    for number, batch in enumerate(batches, 1):
        loads.load(*batch)
        arrived = [file for earlier in batches[:number] for file in earlier]

        assert inconsistencies(loads) == []
        assert counted(loads) == union(map(stated, current_files(arrived)))

    before = loads.everything()
    loads.load(*arrived)
    assert loads.everything() == before
    final, current = counted(loads), current_files(arrived)
    keys = ledger(loads)
    load_in_new_order(loads, current)
    assert counted(loads) == final
    # Of files without sales, those that came after sales are refused, which a load of the current ones cannot repeat.
    assert keys <= ledger(loads)
