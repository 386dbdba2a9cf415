"""The rows that the tables must have, if the reference ledger is right.

A sale that counts is in `transactions`, any other that a current file states is in `kept_aside`. A nameless sale has
neither file nor line there: which of several equal rows counts is left to the load.
"""

import hmac
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.reference_ledger import Entry, ReferenceLedger
from tests.support.stated_sales import Content, Line, Sale, Visit, composed, store_key
from tests.support.union import counts

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]

Statement = tuple[int, int, Sale]
"""File, line and sale."""


@dataclass
class Expected:
    """The rows that each table must have, and those that it may have besides."""

    required: Tables
    optional: Tables = field(default_factory=dict)


def expected_tables(ledger: ReferenceLedger, hash_key: bytes) -> Expected:
    """Return the rows of all tables, in no order."""
    counted, aside = split(live_contents(ledger))
    contents = list(ledger.contents.values())
    required = {
        "load_files": [_ledger_row(entry) for entry in ledger.entries],
        "rejected_rows": [row for entry in ledger.entries for row in _rejected_rows(entry)],
        "file_days": [
            row for entry in ledger.entries if entry.status != "erased" for row in _file_days(entry)
        ],
        "transactions": [_transaction(statement, hash_key) for statement in counted],
        "baskets": [row for statement in counted for row in _basket(statement)],
        "kept_aside": [row for statement in aside for row in _kept_aside(statement, hash_key)],
        "stated_rows": [statement[:2] for statement in [*counted, *aside]],
        "not_taken_over": [],
        "store_names": [],
        **_dimensions(contents, hash_key),
    }
    names = [(key, name) for key, spellings in ledger.spellings.items() for name in spellings]
    if not ledger.is_pruned:
        return Expected(required, {"store_names": names})
    # What was erased may take along stores and products that no current file states.
    live = _dimensions([ledger.contents[number] for number in live_contents(ledger)], hash_key)
    optional = {table: [row for row in required[table] if row not in rows] for table, rows in live.items()}
    # The days of an erased file stay as long as a duplicate states the sales under its number.
    erased = [entry for entry in ledger.entries if entry.status == "erased"]
    optional["file_days"] = [row for entry in erased for row in _file_days(entry)]
    return Expected(required | live, optional | {"store_names": names})


def live_contents(ledger: ReferenceLedger) -> dict[int, tuple[Line, ...]]:
    """Return the lines of each content that a current file states, by the number of the file that has the rows."""
    numbers = {entry.sales_file_id for entry in ledger.entries if entry.sales_file_id}
    return {number: ledger.contents[number].sales for number in sorted(numbers)}


def split(contents: dict[int, tuple[Line, ...]]) -> tuple[list[Statement], list[Statement]]:
    """Return the rows that count, and those that are kept aside. Of equal sales, that of the newest content counts."""
    visits: dict[Visit, dict[str, list[list[Statement]]]] = {}
    for file_id, lines in contents.items():
        for line, sale in lines:
            customers = visits.setdefault(sale.visit, {}).setdefault(sale.customer_key, [])
            if not customers or customers[-1][0][0] != file_id:
                customers.append([])
            customers[-1].append((file_id, line, sale))
    counted, aside = [], []
    for customers_of_visit in visits.values():
        for customer, count in _counts(customers_of_visit).items():
            first, others = _newest(customers_of_visit[customer], count)
            counted += first
            aside += others
    return counted, aside


def _counts(customers: dict[str, list[list[Statement]]]) -> dict[str, int]:
    """Return how many sales of each customer count in a visit, 0 included."""
    files: dict[int, Counter[str]] = {}
    for customer, statements in customers.items():
        for rows in statements:
            files.setdefault(rows[0][0], Counter())[customer] = len(rows)
    return dict.fromkeys(customers, 0) | dict(counts(files.values()))


def _newest(statements: list[list[Statement]], count: int) -> tuple[list[Statement], list[Statement]]:
    """Choose the rows that count: the first row is that of the newest file that has one, and so is the second."""
    # File 1 has three teas of Ann's, file 2 has one -> the one of file 2, then the second and third of file 1
    chosen = [max(rows[place] for rows in statements if len(rows) > place) for place in range(count)]
    return chosen, [row for rows in statements for row in rows if row not in chosen]


def _ledger_row(entry: Entry) -> Row:
    """Return the row of `load_files` in the order of `warehouse_contents.QUERIES`. An erased file has no figures."""
    version, content = entry.version, entry.version.content
    sales = [sale for _, sale in content.sales] if entry.status != "erased" else []
    rejected = content.rejected if entry.status != "erased" else ()
    return (
        entry.file_id,
        *version.name,
        version.version_id,
        version.last_modified,
        len(sales) + len(rejected),
        entry.rows_loaded,
        len(rejected),
        sum(len(sale.items) for sale in sales),
        sum((sale.total for sale in sales), Decimal(0)),
        entry.status,
        entry.reason,
        entry.sales_file_id,
        entry.superseded_by,
    )


def _rejected_rows(entry: Entry) -> Iterator[Row]:
    if entry.initial_status in {"loaded", "duplicate", "refused"} and entry.status != "erased":
        yield from ((entry.file_id, line) for line in entry.version.content.rejected)


def _file_days(entry: Entry) -> Iterator[Row]:
    """Yield file, store key, day and number of sales, for a file that has stated sales."""
    if entry.initial_status in {"loaded", "duplicate", "withdrawn"}:
        sales = Counter((store_key(sale.store), sale.at.date()) for _, sale in entry.version.content.sales)
        yield from ((entry.file_id, *pair, count) for pair, count in sales.items())


def _place(statement: Statement) -> tuple[int | None, int | None]:
    """Return file and line; of a nameless sale neither."""
    file_id, line, sale = statement
    return (file_id, line) if sale.customer_key else (None, None)


def _transaction(statement: Statement, hash_key: bytes) -> Row:
    sale = statement[2]
    customer = customer_hash(sale, hash_key)
    return (*_place(statement), sale.at, store_key(sale.store), customer, sale.payment, sale.total)


def _basket(statement: Statement) -> Iterator[Row]:
    """Yield the items. Those of a nameless sale have no numbers: equal sales may have them in different orders."""
    sale = statement[2]
    for number, (product, size, flavour, price) in enumerate(sale.items, 1):
        item = composed(product), size, composed(flavour), price
        yield (*_place(statement), sale.at, number if sale.customer_key else None, *item)


def _kept_aside(statement: Statement, hash_key: bytes) -> Iterator[Row]:
    for item in _basket(statement):
        yield (*_transaction(statement, hash_key), *item[3:])


def _dimensions(contents: list[Content], hash_key: bytes) -> Tables:
    """Return the rows that contents need."""
    sales = [sale for content in contents for _, sale in content.sales]
    items = [item for sale in sales for item in sale.items]
    return {
        "stores": list({(store_key(sale.store),) for sale in sales}),
        "customers": list({(store_key(sale.store), customer_hash(sale, hash_key)) for sale in sales}),
        "products": list({(composed(item[0]), item[1]) for item in items}),
        "flavours": list({(composed(item[2]),) for item in items if item[2]}),
    }


def customer_hash(sale: Sale, hash_key: bytes) -> str:
    """Return the hash of a customer, which holds the store, too; a nameless sale has none."""
    if not sale.customer_key:
        return ""
    text = f"{store_key(sale.store)}\n{sale.customer_key}"
    return hmac.digest(hash_key, text.encode(), "sha256").hex()
