"""The contents of the warehouse in a form that the reference ledger can predict.

The warehouse numbers stores, customers and products in the order of their arrival; the queries replace such
numbers with names and hashes.
"""

from collections import Counter

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from tests.support.reference_ledger import Tables

QUERIES = {
    "load_files": (
        "select file_id, object_key, content_sha256, version_id, last_modified, rows_read, rows_loaded,"
        " rows_rejected, items, total, status, reason, superseded_by from load_files"
    ),
    "rejected_rows": "select file_id, line_number from rejected_rows",
    "transactions": (
        "select file_id, line_number, sold_at, store_name, customer_hash, payment_type, total_price"
        " from transactions left join stores using (store_id)"
        " left join customers on transactions.customer_id = customers.customer_id"
        " and transactions.store_id = customers.store_id"
    ),
    # transaction_id 2000000017 -> line 17 of file 2
    "baskets": (
        "select transaction_id / 1000000000, mod(transaction_id, 1000000000), item_number, product_name, size,"
        " coalesce(flavour_name, ''), unit_price"
        " from baskets left join products using (product_id) left join flavours using (flavour_id)"
    ),
    "stores": "select store_name from stores",
    "customers": "select store_name, customer_hash from customers left join stores using (store_id)",
    "products": "select product_name, size from products",
    "flavours": "select flavour_name from flavours",
}


def tables(connection: Connection) -> Tables:
    """Return all rows of all tables."""
    contents: Tables = {}
    with connection.cursor() as cursor:
        for table, query in QUERIES.items():
            cursor.execute(query)
            contents[table] = cursor.fetchall()
    return contents


def differences(contents: Tables, expected: Tables) -> str:
    """Return a line for each row that the warehouse has too many or too few; empty if both agree."""
    # Rows are counted, since a row that exists twice is a difference, too.
    lines = []
    for table, expected_rows in expected.items():
        actual_count, expected_count = Counter(contents[table]), Counter(expected_rows)
        lines += [f"{table} has {extra}" for extra in (actual_count - expected_count).elements()]
        lines += [f"{table} lacks {missing}" for missing in (expected_count - actual_count).elements()]
    return "\n".join(lines)
