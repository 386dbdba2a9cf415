"""Each figure of each view is what a plain count of the files says, on both engines."""

import csv
import io
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.load import removal
from chalicelib.warehouse.connection import Warehouse
from tests.support.pipeline import Pipeline
from tests.support.plain_figures import Item, Row, grouped, item_rows, items_of, store_days

pytestmark = pytest.mark.engines("postgres", "redshift")

MONDAY = datetime.fromisoformat("2021-08-02")
STORES = {
    "Leeds": [*range(10), 45],
    "Chester-le-Street": [2, 3, 5, 6, 9, *range(12, 20), 46],
    "York": [*range(4, 9), 50, 51],
    "Bath": [0, 1, 2],
}
"""The days on which each store sells, from a Monday on. York begins late, Leeds comes back, Bath is closed for good."""

MENU = (
    ("Large Latte", "2.45"),
    ("Regular Flavoured iced latte - Hazelnut", "2.75"),
    ("Large Flavoured latte - Vanilla", "2.85"),
    ("Hot Chocolate", "1.40"),
    ("Hot chocolate", "1.70"),
    ("Tea - Peppermint", "0.10"),
)
GUESTS = ("Ann", "Bob", "Zoë", "")
FIGURES = {"sales", "items"}


def rows_of(store: str, day: int, seed: str) -> list[tuple[str, ...]]:
    """Return a store's sales of a day, which have different times, from midnight to the last minute."""
    dice = random.Random(f"{store} {day} {seed}")  # noqa: S311 - a seed makes the figures the same each time
    minutes = sorted({0, 24 * 60 - 1, *(dice.randrange(24 * 60) for _ in range(8))})
    rows: list[tuple[str, ...]] = []
    for minute in minutes:
        basket = dice.choices(MENU, k=dice.randint(1, 4))
        rows.append(
            (
                (MONDAY + timedelta(days=day, minutes=minute)).strftime("%d/%m/%Y %H:%M"),
                store,
                dice.choice(GUESTS),
                ", ".join(f"{name} - {price}" for name, price in basket),
                str(sum(Decimal(price) for _, price in basket)),
                dice.choice(("CARD", "CASH")),
                "",
            )
        )
    return rows


def file_of(store: str, day: int, seed: str = "") -> str:
    """Return a store's file of a day."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows_of(store, day, seed))
    return text.getvalue()


def name_of(store: str, day: int) -> str:
    """Return the dated name of a store's file."""
    return f"{store}_{MONDAY + timedelta(days=day):%d-%m-%Y}_20-00-00.csv"


def all_files() -> dict[str, str]:
    """Return the files of all stores by their names."""
    return {name_of(store, day): file_of(store, day) for store, days in STORES.items() for day in days}


def load(pipeline: Pipeline, files: dict[str, str]) -> None:
    """Load files."""
    pipeline.run(**{name: text.encode() for name, text in files.items()})
    assert set(pipeline.statuses().values()) <= {"loaded", "superseded"}


def views(pipeline: Pipeline) -> dict[str, list[Row]]:
    """Return the rows of the views that group sales."""
    columns = {
        "daily_sales": "store_name, sold_on, sales, items, revenue",
        "hourly_sales": "store_name, sold_on, hour_of_day, day_of_week, sales, items, revenue",
        "payment_sales": "store_name, sold_on, payment_type, sales, revenue",
        "flavour_sales": "store_name, sold_on, flavour_name, items, revenue",
        "product_sales": "store_name, product_name, size, flavour_name, items, revenue",
        "store_days": "store_name, sold_on, last_sold_on, is_missing",
    }
    return {view: sorted(pipeline.rows(f"select {names} from {view}")) for view, names in columns.items()}


def expected_views(texts: Iterable[str]) -> dict[str, list[Row]]:
    """Return the rows that the views must have if these are the current files."""
    items = items_of(texts)

    def groups(*names: str, hidden: str = "") -> list[Row]:
        rows = grouped(items, lambda item: tuple(value_of(item, name) for name in names))
        figures = ("sales", "items", "revenue")
        return sorted(
            (*row[: len(names)], *(v for v, f in zip(row[len(names) :], figures, strict=True) if f != hidden))
            for row in rows
        )

    return {
        "daily_sales": groups("store", "day"),
        "hourly_sales": groups("store", "day", "hour", "weekday"),
        "payment_sales": groups("store", "day", "payment", hidden="items"),
        "flavour_sales": groups("store", "day", "flavour", hidden="sales"),
        "product_sales": groups("store", "product", "size", "flavour", hidden="sales"),
        "store_days": sorted(store_days(items)),
    }


def value_of(item: Item, name: str) -> Any:
    """Return a value of an item, or of its time."""
    times = {"hour": item.at.hour, "weekday": item.day.isoweekday()}
    return times[name] if name in times else getattr(item, name)


def test_every_figure_of_the_views_is_that_of_the_files(pipeline: Pipeline) -> None:
    """Those with many stores and days, sales at midnight, and stores that begin, stop and come back."""
    files = all_files()

    load(pipeline, files)

    assert views(pipeline) == expected_views(files.values())


def test_a_correction_changes_the_figures_of_every_view(pipeline: Pipeline) -> None:
    """A file that is withdrawn by a newer one leaves nothing in a view."""
    files = {name_of("Leeds", day): file_of("Leeds", day) for day in range(3)}
    load(pipeline, files)
    before = views(pipeline)

    files[name_of("Leeds", 1)] = file_of("Leeds", 1, "corrected")
    load(pipeline, {name_of("Leeds", 1): files[name_of("Leeds", 1)]})

    assert views(pipeline) == expected_views(files.values())
    assert {view for view, rows in views(pipeline).items() if rows == before[view]} == {"store_days"}


def test_a_day_whose_file_states_another_day_now_is_missing(pipeline: Pipeline) -> None:
    """The day of sale decides, and the days of a file that no longer counts are gone."""
    files = {name_of(store, day): file_of(store, day) for store in ("Leeds", "York") for day in (0, 1, 2)}
    load(pipeline, files)

    files[name_of("York", 1)] = file_of("York", 3)
    load(pipeline, {name_of("York", 1): files[name_of("York", 1)]})

    day = (MONDAY + timedelta(days=1)).date()
    assert pipeline.rows("select store_name, sold_on from store_days where is_missing order by 2") == [
        ("York", day),
        ("Leeds", day + timedelta(days=2)),
    ]
    assert views(pipeline) == expected_views(files.values())


def test_each_item_stands_in_one_row_with_its_sale(pipeline: Pipeline) -> None:
    files = all_files()

    load(pipeline, files)

    rows = pipeline.rows(
        "select store_name, sold_on, day_of_week, hour_of_day, sold_at, payment_type, item_number, product_name, size,"
        " flavour_name, unit_price, customer_id is null, count(*)"
        " from item_sales group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"
    )
    items = items_of(files.values())
    assert {row[:-1]: row[-1] for row in rows} == item_rows(items)
    assert pipeline.rows("select count(distinct transaction_id) from item_sales") == [
        (len({item.sale for item in items}),)
    ]


def test_a_customer_has_one_number_in_a_store_and_a_nameless_sale_has_none(pipeline: Pipeline) -> None:
    """Sales without a name are nobody's: they are no returning guest."""
    files = all_files()

    load(pipeline, files)

    items = items_of(files.values())
    numbers = pipeline.rows(
        "select store_name, sold_at, customer_id from item_sales where customer_id is not null"
    )
    names = {(item.store, item.at): item.customer for item in items}
    people = {(store, names[store, at], number) for store, at, number in numbers}
    assert {person[:2] for person in people} == {
        (item.store, item.customer) for item in items if item.customer
    }
    assert len(people) == len({person[:2] for person in people}) == len({person[2] for person in people})


def test_an_erased_customer_is_nobody(pipeline: Pipeline) -> None:
    """Their sales are those of the store's unknown customer, which they may have brought into being."""
    row = rows_of("Leeds", 0, "")[0]
    text = ",".join([*row[:2], "Ann", "Tea - 0.10", "0.10", *row[5:]]) + "\n"
    load(pipeline, {name_of("Leeds", 0): text})
    [(key, customer_hash)] = pipeline.rows(
        "select store_key, customer_hash from customers join stores using (store_id)"
    )
    warehouse = Warehouse.connect(pipeline.warehouse_url)
    assert pipeline.rows("select count(*) from item_sales where customer_id is not null") == [(1,)]

    assert removal.erase_customer(key, customer_hash, warehouse) == 1

    warehouse.close()
    assert pipeline.rows("select customer_id from item_sales") == [(None,)]


def test_the_unknown_customers_are_those_without_a_hash(pipeline: Pipeline) -> None:
    """Views tell them by their lack of a hash key, so that they need not read the hashes."""
    load(pipeline, all_files())

    assert pipeline.rows(
        "select count(*) from customers where (customer_hash = '') <> (hash_key_id = '')"
    ) == [(0,)]
    assert pipeline.rows("select count(*) from customers where hash_key_id = ''") == [(len(STORES),)]


def test_counts_are_whole_numbers(pipeline: Pipeline) -> None:
    """A numeric count would be shown as 12.00 by some tools."""
    columns = pipeline.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_name in"
        " (select table_name from information_schema.views) and table_name <> 'file_outcomes'"
    )
    kinds = {(view, name): kind for view, name, kind in columns if name in FIGURES}

    assert len(kinds) == 7
    assert set(kinds.values()) == {"bigint"}


def test_no_view_reads_the_hash_of_a_customer(pipeline: Pipeline) -> None:
    used = pipeline.rows(
        "select view_name, column_name from information_schema.view_column_usage where table_name = 'customers'"
    )

    assert ("item_sales", "hash_key_id") in used
    assert [view for view, column in used if column == "customer_hash"] == []
