"""A day is loaded again in each of the other formats."""

import pytest

from tests.support import dialects
from tests.support.dialects import DIALECTS, IN_UTF_16
from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.engines("postgres", "redshift")

MEANING = """
    select sold_at, store_name, customer_hash, payment_type, total_price, sale_key, count(*), sum(unit_price),
        min(product_name || size || coalesce(flavour_name, '-')),
        max(product_name || size || coalesce(flavour_name, '-'))
    from transactions
    inner join stores on transactions.store_id = stores.store_id
    inner join customers using (customer_id)
    inner join baskets using (transaction_id)
    inner join products using (product_id)
    left join flavours using (flavour_id)
    group by transaction_id, sold_at, store_name, customer_hash, payment_type, total_price, sale_key
    order by sold_at, sale_key
"""
SIZES = """
    select
        (select count(*) from transactions), (select count(*) from baskets), (select count(*) from customers),
        (select count(*) from products), (select count(*) from flavours), (select count(*) from stores)
"""


def test_a_second_format_of_a_day_changes_nothing(pipeline: Pipeline) -> None:
    """The newer file's sales take the place of the same ones, in whatever format it is."""
    sales = dialects.day(20)
    key = f"{{}}_{sales[0].at:%d-%m-%Y}.csv"
    pipeline.run(**{key.format("first"): DIALECTS["base"](sales)})
    meaning, sizes = pipeline.rows(MEANING), pipeline.rows(SIZES)
    assert sizes[0][0] == len(sales)

    for name, write in (DIALECTS | IN_UTF_16).items():
        pipeline.run(**{key.format(name): write(sales)})
        assert (pipeline.rows(MEANING), pipeline.rows(SIZES)) == (meaning, sizes), name
