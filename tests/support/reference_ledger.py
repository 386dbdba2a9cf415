"""The reference ledger: an independent model that says what the warehouse must hold after each batch.

It shares no code with the project, so that both cannot be wrong in the same way. It reads one thing from the
warehouse: the order in which the files of a batch were decided upon, since several orders are right.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from chalicelib.normalisation import store_key

Item = tuple[str, str, str, Decimal]
"""Product, size, flavour, price."""

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Sale:
    """A sale as a row of a file contains it."""

    at: datetime
    store: str
    customer: str
    payment: str
    items: tuple[Item, ...]

    @property
    def total(self) -> Decimal:
        """Pounds."""
        return sum((item[3] for item in self.items), Decimal(0))

    def same(self) -> "Sale":
        """Return one value for all rows of this sale: spelling and the order of items do not count."""
        # "bob  BROWN", tea, latte -> "bob brown", latte, tea
        return replace(
            self, customer=" ".join(self.customer.split()).casefold(), items=tuple(sorted(self.items))
        )


@dataclass(frozen=True)
class Content:
    """A file's bytes, with the sales and the rejected lines that the test wrote into them."""

    data: bytes
    sales: tuple[tuple[int, Sale], ...] = ()
    """Line number and sale."""

    rejected: tuple[int, ...] = ()
    """Line numbers."""

    reason: str = ""
    """The reason if the file is refused as a whole, otherwise empty."""

    @property
    def sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Version:
    """An upload. Uploads are numbered as S3 received them: of two versions, the higher number is newer."""

    number: int
    key: str
    content: Content
    version_id: str
    last_modified: datetime

    @property
    def name(self) -> tuple[str, str]:
        """Key and content."""
        return self.key, self.content.sha256


@dataclass
class Entry:
    """A row of the ledger. Its version is the newest upload of the same content under the same key."""

    file_id: int
    version: Version
    initial_status: str
    superseded_by: int | None = None

    def row(self) -> tuple[Any, ...]:
        """Return the row of `load_files` that this entry expects, in the order of `warehouse_contents.QUERIES`."""
        content = self.version.content
        sales = [sale for _, sale in content.sales]
        # An entry may arrive superseded, or be superseded later. Either way the newer file is named.
        is_superseded = self.superseded_by is not None
        return (
            self.file_id,
            *self.version.name,
            self.version.version_id,
            self.version.last_modified,
            len(sales) + len(content.rejected),
            len(sales) if self.initial_status == "loaded" else 0,
            len(content.rejected),
            sum(len(sale.items) for sale in sales),
            sum((sale.total for sale in sales), Decimal(0)),
            "superseded" if is_superseded else self.initial_status,
            "duplicate" if self.initial_status == "duplicate" else content.reason,
            self.superseded_by,
        )


@dataclass
class ReferenceLedger:
    """The expected contents of the warehouse, batch after batch."""

    hash_key: bytes
    entries: list[Entry] = field(default_factory=list)

    current: dict[str, Entry] = field(default_factory=dict)
    """The newest readable file of each key, loaded or a duplicate."""

    owners: dict[tuple[Sale, int], tuple[int, int, Sale]] = field(default_factory=dict)
    """The file, line and row that each sale stands in. Equal sales of one file are numbered from 0."""
    # Two equal teas in lines 3 and 4 of file 7 -> {(tea, 0): (7, 3, tea), (tea, 1): (7, 4, tea)}

    loaded: list[Sale] = field(default_factory=list)
    """All sales that were ever loaded: stores, customers, products and flavours are never deleted."""

    def take(self, batch: Iterable[Version], ledger_rows: Iterator[tuple[int, str, str]]) -> None:
        """Decide upon a batch. `ledger_rows` yields file_id, key and digest of the warehouse's next ledger rows.

        Raise `AssertionError` if these are not the versions that must get a row.
        """
        expected = self._decisions(batch)
        rows = [(file_id, (key, sha256)) for file_id, key, sha256 in islice(ledger_rows, len(expected))]
        assert {name for _, name in rows} == expected.keys(), f"expected {expected.keys()}, actual {rows}"
        entries = [Entry(file_id, *expected[name]) for file_id, name in rows]
        self.entries += entries
        # All files are loaded before a superseded one names its successor, which may have a higher number.
        for entry in entries:
            if entry.initial_status == "loaded":
                self._make_current(entry)
        for entry in entries:
            if entry.initial_status == "superseded":
                entry.superseded_by = self.current[entry.version.key].file_id

    def _decisions(self, batch: Iterable[Version]) -> dict[tuple[str, str], tuple[Version, str]]:
        """Return the newest version of each key and content that needs a row, with its status."""
        # Uploads 1: morning, 2: day, 3: morning under one key -> 2 is superseded, 3 is loaded, 1 has no row of its own
        decided: dict[tuple[str, str], tuple[Version, str]] = {}
        readable: set[str] = set()
        for version in sorted(batch, key=lambda version: version.number, reverse=True):
            is_refused = bool(version.content.reason)
            if version.name not in decided:
                status = self._status(version, is_newest=is_refused or version.key not in readable)
                decided[version.name] = version, status
            if not is_refused:
                readable.add(version.key)
        return {name: decision for name, decision in decided.items() if decision[1] != "unchanged"}

    def _status(self, version: Version, *, is_newest: bool) -> str:
        """Return the status of a version.

        If its key has the same content already, no row is added: the existing one gets the newer version.
        """
        same_content = [entry for entry in self.entries if entry.version.name == version.name]
        if any(entry.version.number >= version.number for entry in same_content):
            return "unchanged"
        # A refused file competes only with its own content: it never replaces a readable one.
        # There is one entry at most of a refused content; without one, the file is refused for the first time.
        current = next(iter(same_content), None) if version.content.reason else self.current.get(version.key)
        if not is_newest or (current and current.version.number > version.number):
            return "superseded"
        if current and current.version.name == version.name:
            current.version = version
            return "unchanged"
        return "refused" if version.content.reason else "loaded"

    def _make_current(self, entry: Entry) -> None:
        """Make an entry the current one of its key; it is a duplicate if another key has its content loaded."""
        content, key = entry.version.content, entry.version.key
        # A duplicate is no original: it owns no sales, so a copy of it has nothing to refer to.
        is_duplicate = any(
            current.initial_status == "loaded"
            and current.version.key != key
            and current.version.content == content
            for current in self.current.values()
        )
        if previous := self.current.get(key):
            previous.superseded_by = entry.file_id
            # Sales that a third file has taken over stay: they are that file's now.
            self.owners = {sale: owner for sale, owner in self.owners.items() if owner[0] != previous.file_id}
        self.current[key] = entry
        if is_duplicate:
            entry.initial_status = "duplicate"
        else:
            self._own(entry)

    def _own(self, entry: Entry) -> None:
        """Make an entry the owner of its sales: the last file that contained a sale owns it."""
        # One file has a tea twice, the next one three times -> three teas, which all belong to the next one.
        occurrences: Counter[Sale] = Counter()
        for line, sale in entry.version.content.sales:
            same = sale.same()
            self.owners[same, occurrences[same]] = entry.file_id, line, sale
            occurrences[same] += 1
            self.loaded.append(sale)

    def rebuild(self) -> None:
        """Forget files that never added a sale: a warehouse that is built from the archive has no row for them."""
        self.entries = [entry for entry in self.entries if entry.initial_status in {"loaded", "duplicate"}]

    def tables(self) -> Tables:
        """Return the rows that each table must hold, in no order."""
        items = [item for sale in self.loaded for item in sale.items]
        return {
            "load_files": [entry.row() for entry in self.entries],
            "rejected_rows": [
                (entry.file_id, line)
                for entry in self.entries
                if entry.initial_status in {"loaded", "refused"}
                for line in entry.version.content.rejected
            ],
            "transactions": [
                (file_id, line, sale.at, sale.store, self._hash(sale), sale.payment, sale.total)
                for file_id, line, sale in self.owners.values()
            ],
            "baskets": [
                (file_id, line, number, *item)
                for file_id, line, sale in self.owners.values()
                for number, item in enumerate(sale.items, 1)
            ],
            "stores": list({(sale.store,) for sale in self.loaded}),
            "customers": list({(sale.store, self._hash(sale)) for sale in self.loaded}),
            "products": list({item[:2] for item in items}),
            "flavours": list({(item[2],) for item in items if item[2]}),
        }

    def _hash(self, sale: Sale) -> str:
        message = f"{store_key(sale.store)}\n{sale.same().customer}"
        return hmac.digest(self.hash_key, message.encode(), "sha256").hex()
