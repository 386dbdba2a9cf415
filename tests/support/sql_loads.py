"""Loads of batches by SQL alone: files are staged with `insert`, then the scripts of `sql/load` run as in a load."""

import hashlib
import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.load import transaction
from chalicelib.load.ledger import entries_for, unchanged
from chalicelib.model import LoadRequest, Parts, SourceVersion
from chalicelib.normalisation import store_key
from chalicelib.warehouse.connection import Warehouse
from local.state import PROJECT

MIDNIGHT = datetime.fromisoformat("2021-08-26")
MORNING = MIDNIGHT - timedelta(hours=15)
TABLES = (
    "stores",
    "customers",
    "products",
    "flavours",
    "transactions",
    "baskets",
    "kept_aside",
    "load_files",
    "file_days",
    "rejected_rows",
)
STAGING = ("file_decisions", "stage_sales", "stage_items", "stage_rejections", "sale_decisions")


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
    def visit_key(self) -> int:
        """The visit key, compared within store and minute. `chalicelib/ingest/sale_keys.py` makes the real ones."""
        # The order of the items does not count, as in ingest.
        return _number(repr((self.payment, self.total, sorted(self.items))))

    def sale_key(self, occurrence: int) -> int:
        """Return the sale key of one of several equal sales of a file, which are numbered from 0."""
        return _number(repr((self.visit_key, self.customer, occurrence)))


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


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)


def digest(text: str) -> str:
    """Return 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Loads:
    """A warehouse, and loads into it one after the other."""

    warehouse: Warehouse
    staged: list[LoadRequest] = field(default_factory=list)
    """The requests of the files that are staged."""
    _ingest_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def load(self, *files: File) -> list[str]:
        """Load a batch; return the status of each file, or `unchanged`."""
        requests = self.requests(*files)
        entries = entries_for(requests, self.warehouse).rows
        decided = {outcome.request for outcome in unchanged(requests, entries)}
        fresh = [request for request in requests if request not in decided]
        outcomes = []
        if fresh:
            self._stage(fresh, files)
            outcomes = transaction.load_staged(fresh, self.newest(requests, files), self.warehouse)
        statuses = {
            outcome.request: "unchanged" if outcome.is_unchanged else str(outcome.status)
            for outcome in outcomes
        }
        return [statuses.get(request, "unchanged") for request in requests]

    def load_staged(self, *files: File) -> list[str]:
        """Load what was staged; return the status of each file, or `unchanged`."""
        requests = self.staged
        outcomes = transaction.load_staged(requests, self.newest(requests, files), self.warehouse)
        return ["unchanged" if outcome.is_unchanged else str(outcome.status) for outcome in outcomes]

    def requests(self, *files: File) -> list[LoadRequest]:
        """Return a new load request for each file."""
        return [_request(next(self._ingest_ids), file) for file in files]

    @staticmethod
    def newest(requests: Sequence[LoadRequest], files: Sequence[File]) -> dict[LoadRequest, bool]:
        """Return S3's answers, of the files about which it was asked."""
        return {
            request: bool(file.newest_of_second)
            for request, file in zip(requests, files, strict=True)
            if file.newest_of_second >= 0
        }

    def stage(self, *files: File) -> None:
        """Make the staging tables and fill them."""
        self.staged = self.requests(*files)
        self._stage(self.staged, files)

    def _stage(self, requests: Sequence[LoadRequest], files: Sequence[File]) -> None:
        by_version = {(file.key, file.version_id, file.sha256): file for file in files}
        staged = [
            (
                request.ingest_id,
                by_version[request.source.object_key, request.source.version_id, request.content_sha256],
            )
            for request in requests
        ]
        transaction.create_staging(requests, self.warehouse)
        self._insert("stage_sales", (row for number, file in staged for row in _sale_rows(number, file)))
        self._insert("stage_items", (row for number, file in staged for row in _item_rows(number, file)))
        self._insert(
            "stage_rejections",
            ((number, *rejection) for number, file in staged for rejection in file.rejections),
        )

    def tampered(self, *files: File, statement: str = "select 1") -> None:
        """Stage files, spoil the staging with a statement, and load: an error rolls the load back."""
        self.stage(*files)
        self.warehouse.execute(statement)
        try:
            self.load_staged(*files)
        finally:
            self.warehouse.execute(f"drop table if exists {', '.join(STAGING)}")

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


def _request(ingest_id: int, file: File) -> LoadRequest:
    etag = f"etag-{file.version_id}"
    return LoadRequest(
        ingest_id=ingest_id,
        source=SourceVersion(file.key, file.version_id, etag, file.last_modified, file.sequencer),
        content_sha256=file.sha256,
        hash_key_id="key-1",
        rows_read=len(file.sales) + len(file.rejections),
        rows_rejected=len(file.rejections),
        items=sum(len(sale.items) for sale in file.sales),
        total=file.total,
        reason=file.reason,  # type: ignore[arg-type]
        sentence="Nobody can read it." if file.reason else "",
        parts=Parts("", "", "", ""),
        store_name=file.store_name,
        reading="read",
        remarks="look",
    )


def _sale_rows(number: int, file: File) -> Iterable[tuple[Any, ...]]:
    # Sales stand in the lines from 1 on; rejections name their own lines.
    occurrences: Counter[Sale] = Counter()
    for line, sale in enumerate(file.sales, 1):
        at = MORNING + timedelta(minutes=sale.minute)
        customer_hash = digest(sale.customer) if sale.customer else ""
        same = replace(sale, items=tuple(sorted(sale.items)))
        keys = sale.sale_key(occurrences[same]), sale.visit_key, store_key(sale.store)
        occurrences[same] += 1
        yield number, line, at, sale.store, customer_hash, sale.payment, sale.total, *keys


def _item_rows(number: int, file: File) -> Iterable[tuple[Any, ...]]:
    catalogue: dict[Item, int] = {}
    for line, sale in enumerate(file.sales, 1):
        for position, item in enumerate(sale.items, 1):
            fields = (None,) * len(item) if item in catalogue else item
            yield number, line, position, catalogue.setdefault(item, len(catalogue)), *fields


def with_examples(statement: str) -> str:
    """Return a statement with examples in place of its parameters: those that sqlfluff takes, too."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["sqlfluff"]
    for name, value in settings["templater"]["placeholder"].items():
        statement = statement.replace(f"%({name})s", str(value))
    return statement
