"""Several loads at the same time, as Lambda runs them: each is a process with a connection of its own."""

import pytest

from chalicelib.load import handler as load_handler
from tests.support.fault_injection import batch, start
from tests.support.pipeline import Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift", sample=False)

LOADERS, STORES, DAYS, SALES, BATCH = 4, 10, 20, 8, 10
NAMES = [f"Customer {number}" for number in range(5)]
BASKETS = ["Large Latte - 2.45", "Regular Flavoured latte - Mint - 2.45", "Tea - 2.45"]

DOUBLED = {
    "stores": "select store_name from stores group by store_name having count(*) > 1",
    "customers": "select customer_hash from customers group by store_id, customer_hash having count(*) > 1",
    "products": "select product_name from products group by product_name, size having count(*) > 1",
    "flavours": "select flavour_name from flavours group by flavour_name having count(*) > 1",
    "numbers": "select file_id from load_files group by file_id having count(*) > 1",
}


def rows_of(day: int, store: int) -> list[tuple[str, ...]]:
    """Return the rows of a store's day. All stores and days share their products and customers' names."""
    return [
        (
            f"{day + 1:02}/08/2021 09:{minute:02}",
            *sale(
                store=f"Store {store}",
                name=NAMES[(day + minute) % len(NAMES)],
                basket=BASKETS[(day + minute) % len(BASKETS)],
            )[1:],
        )
        for minute in range(SALES)
    ]


def test_four_loaders_add_no_dimension_row_twice_and_lose_no_sale(pipeline: Pipeline) -> None:
    """They begin at the same time, with the same new stores, customers and products."""
    files = {
        f"{day:02}/{store}.csv": csv_of(*rows_of(day, store))
        for day in range(DAYS)
        for store in range(STORES)
    }
    bodies = pipeline.request(**files)
    # Loader 0 of 4 gets the batches 0, 4, 8, …
    events = [batch(bodies[first : first + BATCH]) for first in range(0, len(bodies), BATCH)]
    loaders = [
        start(load_handler.handle, events[first::LOADERS], pipeline.environment) for first in range(LOADERS)
    ]
    answers = [answer for loader in loaders for answer in loader.finish().answers]

    assert answers == [{"batchItemFailures": []}] * len(events)
    assert {name: pipeline.rows(question) for name, question in DOUBLED.items()} == {
        name: [] for name in DOUBLED
    }
    counts = "select (select count(*) from stores), (select count(*) from products), (select count(*) from flavours)"
    assert pipeline.rows(counts) == [(STORES, len(BASKETS), 1)]
    assert pipeline.rows("select count(*) from customers") == [(STORES * len(NAMES),)]
    sales = STORES * DAYS * SALES
    assert pipeline.rows("select count(*), sum(total_price), count(distinct file_id) from transactions") == [
        (sales, sales * pipeline.rows("select 2.45")[0][0], STORES * DAYS)
    ]
    assert pipeline.rows("select count(*) from baskets") == [(sales,)]
