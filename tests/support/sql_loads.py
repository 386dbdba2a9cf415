"""Loads of batches by SQL alone: files are staged with `insert`, then the scripts of `sql/load` run as in a load."""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.load.reconciliation import Figures
from chalicelib.load.transaction import UNDER_LOCK
from chalicelib.normalisation import store_key
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import scripts

MIDNIGHT = datetime.fromisoformat("2021-08-26")
MORNING = MIDNIGHT - timedelta(hours=15)
TABLES = (
    "stores",
    "customers",
    "products",
    "flavours",
    "transactions",
    "baskets",
    "load_files",
    "rejected_rows",
)
STAGING = ("stage_files", "stage_sales", "stage_items", "stage_rejections")


class Item(NamedTuple):
    """An item of a basket."""

    product: str = "Latte"
    size: str = "Large"
    flavour: str = ""
    price: Decimal = Decimal("2.45")


class Rejection(NamedTuple):
    """A row that ingest rejected."""

    line_number: int
    column_name: str = "total"
    reason: str = "wrong_total"
    sentence: str = "The total is not the sum of the items."


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale of a file. Two sales with the same values are the same sale."""

    minute: int = 0
    customer: str = "ann"
    items: tuple[Item, ...] = (Item(),)
    store: str = "Leeds"
    payment: str = "CARD"

    @property
    def total(self) -> Decimal:
        """The sum of the items."""
        return sum((item.price for item in self.items), Decimal(0))

    @property
    def sale_key(self) -> int:
        """The sale key, compared within store and minute only. `chalicelib/ingest/sale_keys.py` makes the real ones."""
        return _key((self.customer, *self._visit))

    @property
    def visit_key(self) -> int:
        """The visit key, which leaves the customer out."""
        return _key(self._visit)

    @property
    def _visit(self) -> tuple[Any, ...]:
        # The order of the items does not count, as in ingest.
        return self.payment, self.total, sorted(self.items)


@dataclass(frozen=True, slots=True)
class File:
    """A version of an object in the raw bucket. `second` counts LastModified from midnight."""

    key: str = "leeds.csv"
    sales: tuple[Sale, ...] = (Sale(),)
    second: int = 0
    sequencer: str = ""
    rejections: tuple[Rejection, ...] = ()
    reason: str = ""
    content: str = ""
    """Stands for the bytes if they do not follow from the sales: other bytes with the same sales, or the same bytes
    with other sales, as after a change of the parser."""

    version: str | None = None
    newest_of_second: int = -1

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return digest(self.content or repr((self.sales, self.rejections)))

    @property
    def version_id(self) -> str:
        """The version of the object; by default one that follows from the other values."""
        if self.version is not None:
            return self.version
        return digest(f"{self.key} {self.sha256} {self.second} {self.sequencer}")[:12]

    @property
    def last_modified(self) -> datetime:
        """The time of the upload."""
        return MIDNIGHT + timedelta(seconds=self.second)

    @property
    def store_name(self) -> str:
        """The store of all sales; empty if they name several."""
        stores = {sale.store for sale in self.sales}
        return "".join(stores) if len(stores) == 1 else ""

    @property
    def total(self) -> Decimal:
        """The sum of the totals of the sales."""
        return sum((sale.total for sale in self.sales), Decimal(0))


def _key(parts: tuple[Any, ...]) -> int:
    """Return 64 bits, as a signed number."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], signed=True)


def digest(text: str) -> str:
    """Return 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Loads:
    """A warehouse, and loads into it one after the other."""

    warehouse: Warehouse
    _ingest_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def load(self, *files: File) -> list[str]:
        """Load a batch, whose figures must agree; return the status of each file."""
        self.stage(*files)
        with self.warehouse.locked_transaction():
            reconciled = self.transform()
            assert [figures for figures in reconciled if not figures.agree] == []
        self.drop_staging()
        return [figures.status for figures in reconciled]

    def stage(self, *files: File) -> None:
        """Make the staging tables and fill them."""
        for script in scripts("load/stage"):
            self.warehouse.run(script)
        staged = [(next(self._ingest_ids), file) for file in files]
        self._insert("stage_files", (_file_row(number, file) for number, file in staged))
        self._insert("stage_sales", (row for number, file in staged for row in _sale_rows(number, file)))
        self._insert("stage_items", (row for number, file in staged for row in _item_rows(number, file)))
        self._insert(
            "stage_rejections",
            ((number, *rejection) for number, file in staged for rejection in file.rejections),
        )

    def transform(self) -> list[Figures]:
        """Run the scripts that need the lock; return the figures of each file in the order of staging."""
        # The reconciliation is the last script, so its rows are the ones that remain.
        rows: list[tuple[Any, ...]] = []
        for script in scripts(*UNDER_LOCK, "load/reconcile"):
            rows = self.warehouse.run(script)
        return sorted(Figures(*row) for row in rows)

    def tampered(self, *files: File, statement: str = "select 1") -> list[Figures]:
        """Stage files, spoil the staging with a statement, and return the reconciliation; then roll back."""
        self.stage(*files)
        self.warehouse.execute(statement)
        self.warehouse.execute("begin")
        reconciled = self.transform()
        self.warehouse.execute("rollback")
        self.warehouse.execute(f"drop table {', '.join(STAGING)}")
        return reconciled

    def drop_staging(self) -> None:
        """Drop the staging tables, as a load does after its commit."""
        for script in scripts("load/drop"):
            self.warehouse.run(script)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.warehouse.execute(query)

    def column(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        return [row[0] for row in self.rows(query)]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables."""
        return {table: sorted(self.rows(f"select * from {table}"), key=repr) for table in TABLES}

    def ledger(self) -> list[tuple[Any, ...]]:
        """Return file_id, key, status and superseded_by of all rows."""
        return self.rows("select file_id, object_key, status, superseded_by from load_files order by file_id")

    def sales(self) -> list[tuple[Any, ...]]:
        """Return owner's key, minute, customer's hash and total of each sale."""
        return self.rows(
            "select object_key, extract(epoch from sold_at - timestamp '2021-08-25 09:00') / 60, customer_hash,"
            " total_price from transactions inner join load_files using (file_id)"
            " inner join customers using (customer_id) order by transaction_id"
        )

    def empty(self) -> None:
        """Delete all rows."""
        for table in TABLES:
            self.warehouse.execute(f"delete from {table}")

    def _insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        # Two rows of three columns -> insert into … values (%s, %s, %s), (%s, %s, %s)
        values = list(rows)
        if values:
            places = ", ".join(["({})".format(", ".join(["%s"] * len(values[0])))] * len(values))
            parameters = [value for row in values for value in row]
            self.warehouse.execute(f"insert into {table} values {places}", parameters)


def _file_row(number: int, file: File) -> tuple[Any, ...]:
    # In the order of the columns in sql/load/stage/01_stage_files.sql
    items = sum(len(sale.items) for sale in file.sales)
    rejected = len(file.rejections)
    version = (file.version_id, f"etag-{file.version_id}", file.last_modified, file.sequencer)
    figures = (len(file.sales) + rejected, rejected, items, file.total)
    sentence = "Nobody can read it." if file.reason else ""
    key_id, now = "key-1", MIDNIGHT + timedelta(days=1, seconds=number)
    notes = (file.reason, sentence, "read", "look", now, 0, file.newest_of_second)
    return (number, file.key, file.sha256, *version, key_id, file.store_name, *figures, *notes)


def _sale_rows(number: int, file: File) -> Iterable[tuple[Any, ...]]:
    # Sales stand in the lines from 1 on; rejections name their own lines.
    for line, sale in enumerate(file.sales, 1):
        at = MORNING + timedelta(minutes=sale.minute)
        values = at, sale.store, digest(sale.customer), sale.payment, sale.total
        yield number, line, *values, sale.sale_key, sale.visit_key, store_key(sale.store)


def _item_rows(number: int, file: File) -> Iterable[tuple[Any, ...]]:
    for line, sale in enumerate(file.sales, 1):
        for position, item in enumerate(sale.items, 1):
            yield number, line, position, *item
