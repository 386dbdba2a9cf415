"""`python -m bench.rivals.archived`: the steps of the pipeline that Cafe ETL replaces, as its code had them.

Each file is loaded for itself, in one transaction of some thirty statements: it goes into a table as it is, further
tables are filled from that one by SQL, ids are looked up by updates, and baskets come back to be split in Python.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name

from bench.rivals.day_files import items
from bench.rivals.worker import serve

TABLES: Final = """
    create table if not exists stores (store_id serial, name varchar(255));
    create table if not exists customers (customer_id serial, name_hash varchar(255), store_id int);
    create table if not exists products (product_id serial, name varchar(255), price numeric(10, 2));
    create table if not exists flavours (flavour_id serial, name varchar(255));
    create table if not exists transactions (
        transaction_id serial, sold_at timestamp, store_id int, customer_id int, total numeric(10, 2),
        payment varchar(255)
    );
    create table if not exists baskets (transaction_id int, product_id int, flavour_id int)
"""

RAW: Final = """
    create table raw_sales (
        sold_at varchar(255), store varchar(255), customer varchar(255), basket varchar(1000), total numeric(10, 2),
        payment varchar(255), card varchar(255)
    )
"""

SALES: Final = (
    "create table new_stores (name varchar(255))",
    "insert into new_stores select distinct store from raw_sales",
    """
    insert into stores (name)
    select name from new_stores where not exists (select 1 from stores where stores.name = new_stores.name)
    """,
    "create table new_customers (name_hash varchar(255), store varchar(255), store_id int)",
    "insert into new_customers (name_hash, store) select distinct md5(customer), store from raw_sales",
    "update new_customers set store_id = stores.store_id from stores where stores.name = new_customers.store",
    """
    insert into customers (name_hash, store_id)
    select name_hash, store_id from new_customers
    where not exists (
        select 1 from customers
        where customers.name_hash = new_customers.name_hash and customers.store_id = new_customers.store_id
    )
    """,
    """
    create table new_transactions (
        sold_at timestamp, store varchar(255), store_id int, name_hash varchar(255), customer_id int,
        basket varchar(1000), total numeric(10, 2), payment varchar(255), transaction_id int
    )
    """,
    """
    insert into new_transactions (sold_at, store, name_hash, basket, total, payment)
    select to_timestamp(sold_at, 'DD/MM/YYYY HH24:MI'), store, md5(customer), basket, total, payment from raw_sales
    """,
    "update new_transactions set store_id = stores.store_id from stores where stores.name = new_transactions.store",
    """
    update new_transactions set customer_id = customers.customer_id
    from customers where customers.name_hash = new_transactions.name_hash
    """,
    """
    insert into transactions (sold_at, store_id, customer_id, total, payment)
    select sold_at, store_id, customer_id, total, payment from new_transactions
    """,
    """
    update new_transactions set transaction_id = transactions.transaction_id
    from transactions
    where
        transactions.sold_at = new_transactions.sold_at
        and transactions.store_id = new_transactions.store_id
        and transactions.customer_id = new_transactions.customer_id
        and transactions.total = new_transactions.total
        and transactions.payment = new_transactions.payment
    """,
    """
    create table new_items (
        transaction_id int, product varchar(255), price numeric(10, 2), flavour varchar(255)
    )
    """,
)

BASKETS: Final = "select transaction_id, basket from new_transactions"

ITEMS: Final = (
    "alter table new_items add column product_id int",
    "alter table new_items add column flavour_id int",
    """
    insert into products (name, price)
    select distinct product, price from new_items
    where not exists (select 1 from products where products.name = new_items.product)
    """,
    """
    insert into flavours (name)
    select distinct flavour from new_items
    where not exists (select 1 from flavours where flavours.name = new_items.flavour)
    """,
    "update new_items set product_id = products.product_id from products where products.name = new_items.product",
    "update new_items set flavour_id = flavours.flavour_id from flavours where flavours.name = new_items.flavour",
    "insert into baskets select transaction_id, product_id, flavour_id from new_items",
    "drop table raw_sales",
    "drop table new_stores",
    "drop table new_customers",
    "drop table new_transactions",
    "drop table new_items",
)


def load(paths: Sequence[Path], url: str) -> None:
    """Load files one after the other."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
    for path in paths:
        with connection, connection.cursor() as cursor:  # commits at its end
            _load(path, cursor)
    connection.close()


def _load(path: Path, cursor: Cursor) -> None:
    cursor.execute(RAW)
    with path.open(encoding="utf-8") as file:
        cursor.copy_expert("copy raw_sales from stdin with (format csv)", file)
    for statement in SALES:
        cursor.execute(statement)
    cursor.execute(BASKETS)
    cursor.copy_expert("copy new_items from stdin with (format csv)", _split(cursor.fetchall()))
    for statement in ITEMS:
        cursor.execute(statement)


def _split(baskets: Iterable[tuple[int, str]]) -> io.StringIO:
    """Return a row for each item, as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(
        (transaction_id, item.product, item.price, item.flavour)
        for transaction_id, basket in baskets
        for item in items(basket)
    )
    text.seek(0)
    return text


if __name__ == "__main__":
    serve(load)
