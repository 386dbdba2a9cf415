"""The honest clerk: what a warehouse must hold, counted file by file with dictionaries.

Shares no code with the project. Of the ledger it reads in which order files were decided upon, and no more.
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

Item = tuple[str, str, str, Decimal]
"""Product, size, flavour, price."""

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Sale:
    """A row of a file."""

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
        """Return what stands for all rows that state this sale: neither spelling nor the items' order counts."""
        return replace(
            self, customer=" ".join(self.customer.split()).casefold(), items=tuple(sorted(self.items))
        )


@dataclass(frozen=True)
class Content:
    """A file's bytes, and what whoever wrote it knows to be in it, by line."""

    data: bytes
    sales: tuple[tuple[int, Sale], ...] = ()
    rejected: tuple[int, ...] = ()
    reason: str = ""
    """Why nothing of it can be taken; empty if something can."""

    @property
    def sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Version:
    """An upload. Numbers are in the order in which S3 took them: a greater one is newer."""

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
    """A row of the ledger, with the newest version of its content."""

    file_id: int
    version: Version
    initial_status: str
    superseded_by: int | None = None

    def row(self) -> tuple[Any, ...]:
        """Return what the ledger must say."""
        content = self.version.content
        sales = [sale for _, sale in content.sales]
        is_gone = self.superseded_by is not None
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
            "superseded" if is_gone else self.initial_status,
            "duplicate" if self.initial_status == "duplicate" else content.reason,
            self.superseded_by,
        )


@dataclass
class Clerk:
    """The books."""

    hash_key: bytes
    ledger: list[Entry] = field(default_factory=list)
    current: dict[str, Entry] = field(default_factory=dict)
    """What each key stated last, loaded or a duplicate."""
    owners: dict[tuple[Sale, int], tuple[int, int, Sale]] = field(default_factory=dict)
    """File, line and row of each sale and its occurrence among equals in its file."""
    loaded: list[Sale] = field(default_factory=list)
    """All sales that were ever loaded: no store, customer, product or flavour is forgotten."""

    def take(self, batch: Iterable[Version], told: Iterator[tuple[int, str, str]]) -> None:
        """Decide upon a batch; `told` yields file_id, key and digest of the ledger's next rows, in their order.

        Raise `AssertionError` if these are not the versions that are due.
        """
        due = self._due(batch)
        numbers = [(file_id, (key, sha256)) for file_id, key, sha256 in islice(told, len(due))]
        assert {name for _, name in numbers} == due.keys(), f"due are {due.keys()}, told was {numbers}"
        entries = [Entry(file_id, *due[name]) for file_id, name in numbers]
        self.ledger += entries
        for entry in entries:
            if entry.initial_status == "loaded":
                self._state(entry)
        for entry in entries:
            if entry.initial_status == "superseded":
                entry.superseded_by = self.current[entry.version.key].file_id

    def _due(self, batch: Iterable[Version]) -> dict[tuple[str, str], tuple[Version, str]]:
        """Return what needs a row, and what becomes of it: of each key and content the newest version."""
        decided: dict[tuple[str, str], tuple[Version, str]] = {}
        readable: set[str] = set()
        for version in sorted(batch, key=lambda version: version.number, reverse=True):
            is_refused = bool(version.content.reason)
            if version.name not in decided:
                status = self._status(version, is_newest=is_refused or version.key not in readable)
                decided[version.name] = version, status
            if not is_refused:
                readable.add(version.key)
        return {name: found for name, found in decided.items() if found[1] != "unchanged"}

    def _status(self, version: Version, *, is_newest: bool) -> str:
        """Judge a version. Content that comes again under its key makes the row that it has as new as that."""
        known = [entry for entry in self.ledger if entry.version.name == version.name]
        if any(entry.version.number >= version.number for entry in known):
            return "unchanged"
        current = next(iter(known), None) if version.content.reason else self.current.get(version.key)
        if not is_newest or (current and current.version.number > version.number):
            return "superseded"
        if current and current.version.name == version.name:
            current.version = version
            return "unchanged"
        return "refused" if version.content.reason else "loaded"

    def _state(self, entry: Entry) -> None:
        """Let a key state a content from now on."""
        content, key = entry.version.content, entry.version.key
        originals = [
            other
            for other in self.current.values()
            if other.initial_status == "loaded"
            and other.version.key != key
            and other.version.content == content
        ]
        if before := self.current.get(key):
            before.superseded_by = entry.file_id
            self.owners = {sale: owner for sale, owner in self.owners.items() if owner[0] != before.file_id}
        self.current[key] = entry
        if originals:
            entry.initial_status = "duplicate"
        else:
            self._own(entry)

    def _own(self, entry: Entry) -> None:
        occurrences: Counter[Sale] = Counter()
        for line, sale in entry.version.content.sales:
            same = sale.same()
            self.owners[same, occurrences[same]] = entry.file_id, line, sale
            occurrences[same] += 1
            self.loaded.append(sale)

    def rebuild(self) -> None:
        """Forget what stated nothing: a warehouse that is built from the archive does not know it."""
        self.ledger = [entry for entry in self.ledger if entry.initial_status in {"loaded", "duplicate"}]

    def tables(self) -> Tables:
        """Return what the warehouse must hold, in no order."""
        items = [item for sale in self.loaded for item in sale.items]
        return {
            "load_files": [entry.row() for entry in self.ledger],
            "rejected_rows": [
                (entry.file_id, line)
                for entry in self.ledger
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
        return hmac.digest(self.hash_key, sale.same().customer.encode(), "sha256").hex()
