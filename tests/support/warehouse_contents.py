"""The contents of the warehouse in a form that the reference ledger can predict.

The warehouse numbers stores, customers and products in the order of their arrival; the queries replace such
numbers with names and hashes. A nameless sale has neither file nor line: see `tests/support/reference_tables.py`.
"""

from collections import Counter

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from tests.support.reference_tables import Expected, Tables

SALES = """
    select
        facts.*, store_key, trim(customer_hash) as customer_hash,
        case when trim(customer_hash) <> '' then facts.file_id end as known_file_id,
        case when trim(customer_hash) <> '' then facts.line_number end as known_line_number
    from {table} as facts
    left join stores on facts.store_id = stores.store_id
    left join customers on facts.customer_id = customers.customer_id and facts.store_id = customers.store_id
"""
"""The rows of a table of facts, with the names of their stores and customers."""

TRANSACTIONS = f"({SALES.format(table='transactions')}) as transactions"
KEPT_ASIDE = f"({SALES.format(table='kept_aside')}) as kept_aside"
ITEMS = " left join products using (product_id) left join flavours using (flavour_id)"
ITEM = "product_name, size, coalesce(flavour_name, ''), unit_price"
SALE = "known_file_id, known_line_number, sold_at, store_key, customer_hash, payment_type, total_price"

QUERIES = {
    "load_files": (
        "select file_id, object_key, content_sha256, version_id, last_modified, rows_read, rows_loaded,"
        " rows_rejected, items, total, status, reason, sales_file_id, superseded_by from load_files"
    ),
    "rejected_rows": "select file_id, line_number from rejected_rows",
    "file_days": "select file_id, store_key, sold_on, sales from file_days",
    "transactions": f"select {SALE} from {TRANSACTIONS}",
    "baskets": (
        "select known_file_id, known_line_number, sold_at,"
        f" case when customer_hash <> '' then item_number end, {ITEM}"
        f" from baskets left join {TRANSACTIONS} using (transaction_id) {ITEMS}"
    ),
    "kept_aside": (
        f"select {SALE}, case when customer_hash <> '' then item_number end, {ITEM} from {KEPT_ASIDE} {ITEMS}"
    ),
    # transaction_id 2000000017 -> line 17 of file 2
    "stated_rows": (
        "select transaction_id / 1000000000, mod(transaction_id, 1000000000) from transactions"
        " union all select distinct transaction_id / 1000000000, mod(transaction_id, 1000000000) from kept_aside"
    ),
    "not_taken_over": (
        "select kept_aside.transaction_id, kept_aside.taken_over_by from kept_aside"
        " left join transactions on kept_aside.taken_over_by = transactions.transaction_id"
        " and kept_aside.store_id = transactions.store_id and kept_aside.sold_at = transactions.sold_at"
        " and kept_aside.visit_key = transactions.visit_key"
        " where transactions.transaction_id is null"
    ),
    "stores": "select store_key from stores",
    "store_names": "select store_key, store_name from stores",
    "customers": ("select store_key, trim(customer_hash) from customers left join stores using (store_id)"),
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


def differences(contents: Tables, expected: Expected) -> str:
    """Return a line for each row that the warehouse has too many or too few; empty if both agree."""
    # Rows are counted, since a row that exists twice is a difference, too.
    lines = []
    for table, rows in expected.required.items():
        actual_count, expected_count = Counter(contents[table]), Counter(rows)
        surplus = actual_count - expected_count - Counter(expected.optional.get(table, ()))
        lines += [f"{table} has {extra}" for extra in surplus.elements()]
        lines += [f"{table} lacks {missing}" for missing in (expected_count - actual_count).elements()]
    return "\n".join(lines)
