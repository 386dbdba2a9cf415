"""The reference ledger: an independent model that says which files are current after each batch and each removal.

It shares no code with the project, so that both cannot be wrong in the same way. It reads one thing from the
warehouse: the numbers of the files. `tests/support/reference_tables.py` says which rows the tables have.
"""

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar

from tests.support.stated_sales import Content, composed, store_key

T = TypeVar("T")

NO_SALES = "no_sales_left"
"""The reason for which a file without sales is refused: it must not replace a file with sales."""

DAY = re.compile(r"\d\d-\d\d-\d{4}")
"""The only way in which the names of the tests' files hold a day."""

Name = tuple[str, str]
"""Key and digest of a file."""

Numbering = Callable[[Name], int]
"""Returns the file_id of the next new row of the ledger, which has to have this name."""


@dataclass(frozen=True)
class Version:
    """An upload. Uploads are numbered as S3 received them: of two versions, the higher number is newer."""

    number: int
    key: str
    content: Content
    version_id: str
    last_modified: datetime

    @property
    def name(self) -> Name:
        """Key and content."""
        return self.key, self.content.sha256

    def covers(self, older: "Version") -> bool:
        """Tell whether this version replaces another one, if both can be read."""
        if self.key != older.key or self.number <= older.number:
            return False
        if is_dated(self.key):
            return bool(self.content.sales) or not older.content.sales
        return older.content.days <= self.content.days


@dataclass(frozen=True)
class Removal:
    """A removal as an operator orders it: `withdraw`, `erase`, `discard` or `erase_customer`.

    An erasure that was killed may be an `erase_rows`: the refused copies under other keys are still to be discarded.
    """

    action: str
    object_key: str = ""
    store: str = ""
    day: date | None = None
    customer: str = ""

    def event(self) -> dict[str, Any]:
        """Return the event of the function."""
        values = {name: value for name, value in vars(self).items() if value}
        return values | ({"day": self.day.isoformat()} if self.day else {})


@dataclass
class Entry:
    """A row of the ledger. Its version is the newest upload of the same content under the same key."""

    version: Version
    status: str
    file_id: int = 0
    initial_status: str = ""
    sales_file_id: int | None = None
    """The file whose rows are this content's sales; None if it states none now."""
    superseded_by: int | None = None
    reason: str = ""
    rows_loaded: int = 0
    has_copy: bool = False
    """Whether the archive has a copy of the file."""

    def __post_init__(self) -> None:
        self.initial_status = self.status
        self.has_copy = self.status != "refused"

    @property
    def is_current(self) -> bool:
        """Whether the file's sales, if it has some, are to be in the warehouse."""
        return self.status in {"loaded", "duplicate"}

    @property
    def row_name(self) -> tuple[int, str, str]:
        """file_id, key and digest."""
        return self.file_id, *self.version.name

    @property
    def never_counted(self) -> bool:
        """Whether the file has sales, and a newer one came before it. Of a file without sales nobody can tell."""
        return self.initial_status == "superseded" and bool(self.version.content.sales)

    def takes(self, version: Version) -> None:
        """Take over the number of a newer upload of the same content; what a customer's erasure changed stays.

        A refusal waits again, until a version that is newer than this upload takes its place.
        """
        if self.status == "refused" and version.number > self.version.number:
            self.superseded_by = None
        self.version = replace(version, content=self.version.content)

    def takes_place_of(self, refused: "Entry") -> bool:
        """Tell whether a refused version of a key waits no more because of this one."""
        if self.version.key != refused.version.key or self.version.number <= refused.version.number:
            return False
        is_readable = self.status in {"loaded", "duplicate", "withdrawn"} and is_dated(self.version.key)
        return is_readable or self.status == "erased"

    def covers(self, older: Version) -> bool:
        """Tell whether an older version does not count because of this one. Nobody knows the days of an erased one."""
        if self.status == "erased":
            return self.version.key == older.key and self.version.number > older.number
        return self.status not in {"refused", "discarded"} and self.version.covers(older)


@dataclass
class ReferenceLedger:
    """The files, batch after batch."""

    entries: list[Entry] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)
    """All contents that were ever loaded, by file number: stores, customers and products stay when sales leave."""

    spellings: dict[str, set[str]] = field(default_factory=dict)
    """By store key, the names of the store in the batch in which it came first: one of them is the store's."""

    passed_over: list[Entry] = field(default_factory=list)
    """The copies in the archive that a replay passed over: the ledger was rebuilt without them."""

    is_pruned: bool = False
    """Whether something was erased: then a store or product that no current file states may be gone, too."""

    erased_keys: set[str] = field(default_factory=set)
    """The keys that the last erasure took. A file that was refused after an earlier one stays."""

    arriving: list[Version] = field(default_factory=list)
    """The uploads of the batch whose sales would count if each came alone."""

    def take(self, batch: Iterable[Version], number: Numbering) -> None:
        """Decide upon a batch. New files get their numbers one by one, from the oldest version to the newest."""
        # Of uploads 1: morning, 2: day, 3: morning under one key, 1 is never decided upon.
        newest = {version.name: version for version in sorted(batch, key=attrgetter("number"))}
        self._take(sorted(newest.values(), key=attrgetter("number")), number)

    def _take(self, versions: list[Version], number: Numbering, withdrawn: Container[Name] = ()) -> None:
        """Decide upon versions in their order."""
        first_new = len(self.entries)
        self.arriving = [
            version
            for version in versions
            if version.content.sales and not version.content.reason and version.name not in withdrawn
            if not self._is_decided(version) and not self._is_covered(version, [])
        ]
        for version in versions:
            if entry := self._decided(version, versions, is_withdrawn=version.name in withdrawn):
                self._add(entry, number(version.name))
        self._cover()
        self._name_successors()
        self._promote()
        self._name_stores(self.entries[first_new:])

    def _decided(self, version: Version, batch: list[Version], *, is_withdrawn: bool) -> Entry | None:
        """Return a new entry for a version; None if the ledger has its content under its key already."""
        if self._is_decided(version):
            return None
        same = [entry for entry in self.entries if entry.version.name == version.name]
        refused = next((entry for entry in same if entry.status == "refused"), None)
        reason = version.content.reason
        if repeated := next((entry for entry in same if entry.is_current), None):
            repeated.takes(version)
            return None
        # As if its files came one after the other: a newer one of the batch does not undo a refusal.
        if not reason and not self._is_covered(version, []):
            reason = self._reason(version)
        if reason:
            # A repeated refusal keeps its one row.
            if refused and refused.version.number < version.number:
                refused.takes(version)
            return None if refused else Entry(version, "refused", reason=reason)
        if refused:
            refused.status, refused.superseded_by = "superseded", None
        if self._is_covered(version, batch):
            return Entry(version, "superseded")
        if is_withdrawn:
            return Entry(version, "withdrawn")
        return Entry(version, "loaded")

    def _is_decided(self, version: Version) -> bool:
        """Tell whether the ledger knows a version already; a file that can be read today is decided upon again."""
        return any(
            entry.version.number >= version.number
            for entry in self.entries
            if entry.version.name == version.name
            if version.content.reason or entry.status != "refused" or entry.reason == NO_SALES
        )

    def _is_covered(self, version: Version, batch: Iterable[Version]) -> bool:
        """Tell whether a newer file of the ledger or of the batch replaces a version."""
        in_ledger = any(entry.covers(version) for entry in self.entries)
        return in_ledger or any(
            newer.covers(version) and not newer.content.reason and not self._reason(newer) for newer in batch
        )

    def _reason(self, version: Version) -> str:
        """Return the reason to refuse a version without sales, if it would replace sales; otherwise an empty text.

        As if its files came one after the other: sales of the same batch count, even if a newer file covers them, too.
        """
        current = [
            entry.version for entry in self.entries if entry.is_current and entry.version.content.sales
        ]
        replaced = (
            older.key == version.key and older.number < version.number for older in [*current, *self.arriving]
        )
        return NO_SALES if is_dated(version.key) and not version.content.sales and any(replaced) else ""

    def _add(self, entry: Entry, file_id: int) -> None:
        """Add an entry under its number. It is a duplicate if its content is current under another key."""
        content = entry.version.content
        entry.file_id = file_id
        if entry.status == "loaded" and content.sales:
            original = next(
                (same for same in self._current() if same.version.content.sha256 == content.sha256), None
            )
            if original:
                entry.status = entry.initial_status = entry.reason = "duplicate"
                entry.sales_file_id = original.sales_file_id
            else:
                entry.sales_file_id = file_id
                entry.rows_loaded = len(content.sales)
                self.contents[file_id] = content
        for refused in self.entries:
            if refused.version.name == entry.version.name and refused.status == "superseded":
                refused.superseded_by = refused.superseded_by or file_id
        self.entries.append(entry)

    def _current(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.is_current]

    def _cover(self) -> None:
        """Let the files leave that newer ones cover, when all of the batch are decided."""
        covering = [entry for entry in self.entries if entry.status in {"loaded", "duplicate", "withdrawn"}]
        for entry in self._current():
            if any(newer.covers(entry.version) for newer in covering):
                _leave(entry, "superseded")

    def _name_successors(self) -> None:
        """Let the entries that this batch has superseded name the newest file that covers them."""
        for entry in self.entries:
            if entry.status == "superseded" and not entry.superseded_by:
                covering = [newer for newer in self.entries if newer.covers(entry.version)]
                entry.superseded_by = max(covering, key=lambda newer: newer.version.number).file_id
            if entry.status == "refused" and not entry.superseded_by:
                replacing = [newer for newer in self.entries if newer.takes_place_of(entry)]
                newest = max(replacing, key=lambda newer: newer.version.number, default=None)
                entry.superseded_by = newest.file_id if newest else None

    def _promote(self) -> None:
        """Where the loaded file of a content has left, make its oldest duplicate the loaded one."""
        originals = {entry.sales_file_id for entry in self.entries if entry.status == "loaded"}
        for entry in sorted(self._current(), key=attrgetter("file_id")):
            if entry.sales_file_id not in originals:
                entry.status, entry.reason = "loaded", ""
                entry.rows_loaded = len(entry.version.content.sales)
                originals.add(entry.sales_file_id)

    def _name_stores(self, entries: Iterable[Entry]) -> None:
        """Note how the new stores of a batch are spelled."""
        names = [
            composed(sale.store)
            for entry in entries
            if entry.file_id in self.contents
            for _, sale in entry.version.content.sales
        ]
        # After an erasure a store may be gone, so that it comes first once more.
        noted = set() if self.is_pruned else set(self.spellings)
        for name in names:
            if store_key(name) not in noted:
                self.spellings.setdefault(store_key(name), set()).add(" ".join(name.split()))

    def remove(self, removal: Removal) -> None:
        """Carry out a removal."""
        actions: dict[str, Callable[[Removal], None]] = {
            "withdraw": self._withdraw,
            "erase": self._erase,
            "erase_rows": self._erase,
            "discard": self._discard,
            "erase_customer": self._erase_customer,
        }
        actions[removal.action](removal)
        self._promote()

    def _withdraw(self, removal: Removal) -> None:
        for entry in self._current():
            if entry.version.key == removal.object_key and _is_of(entry.version.content, removal):
                _leave(entry, "withdrawn")

    def _erase(self, removal: Removal) -> None:
        """Erase all versions of a key, and all versions of every other key with one of its contents.

        The bytes are compared: the digest of a file under a bad key is not that of its bytes.
        """
        contents = {
            entry.version.content.data for entry in self.entries if entry.version.key == removal.object_key
        }
        # A header without rows, or a file that nobody can read, makes no copy.
        keys = {removal.object_key} | {
            entry.version.key
            for entry in self.entries
            if entry.version.content.data in contents
            and (entry.version.content.sales or entry.status == "erased")
        }
        for entry in self.entries:
            if entry.version.key in keys:
                _leave(entry, "erased")
            elif (
                removal.action == "erase"
                and entry.status == "refused"
                and entry.version.content.data in contents
            ):
                _leave(entry, "discarded")
        # A duplicate under a third key may still state a content that came first under an erased one.
        gone = {entry.file_id for entry in self.entries if entry.status == "erased"}
        gone -= {entry.sales_file_id or 0 for entry in self._current()}
        self.contents = {number: content for number, content in self.contents.items() if number not in gone}
        self.passed_over = [entry for entry in self.passed_over if entry.version.key not in keys]
        self.is_pruned, self.erased_keys = True, keys

    def _discard(self, removal: Removal) -> None:
        for entry in self.entries:
            if entry.version.key == removal.object_key and entry.status == "refused":
                _leave(entry, "discarded")

    def _erase_customer(self, removal: Removal) -> None:
        """Make a person's sales nameless, in copies of the archive, too."""
        for entry in self.entries:
            content = entry.version.content.without_customer(removal.store, removal.customer)
            entry.version = replace(entry.version, content=content)
        self.contents = {
            file_id: content.without_customer(removal.store, removal.customer)
            for file_id, content in self.contents.items()
        }
        self.is_pruned = True

    def rebuild(self) -> None:
        """Become the ledger of a warehouse that is built from the archive: its copies are loaded in their order.

        Files that were refused, and those with sales that arrived superseded, are not among them. No key comes twice in
        a batch.
        """
        copies = [*self.passed_over, *(entry for entry in self.entries if entry.has_copy)]
        copies.sort(key=attrgetter("file_id"))
        self.passed_over = [entry for entry in copies if entry.never_counted]
        self.entries, self.contents, self.spellings, self.is_pruned = [], {}, {}, False
        for batch in batches_of_a_replay(copies, key=lambda entry: entry.version.key):
            counted = [entry for entry in batch if not entry.never_counted]
            withdrawn = {entry.version.name for entry in counted if entry.status == "withdrawn"}
            number = numbering([entry.row_name for entry in counted])
            self._take([entry.version for entry in counted], number, withdrawn)
        for entry in self.entries:
            entry.has_copy = True


def batches_of_a_replay(files: Iterable[T], key: Callable[[T], str]) -> list[list[T]]:
    """Return files in their order, in batches in which no key comes twice."""
    # a.csv, b.csv, a.csv, c.csv -> [a.csv, b.csv] and [a.csv, c.csv]
    batches: list[list[T]] = [[]]
    for file in files:
        if key(file) in map(key, batches[-1]):
            batches.append([])
        batches[-1].append(file)
    return batches


def numbering(rows: Iterable[tuple[int, str, str]]) -> Numbering:
    """Return the numbers of the warehouse's next rows, of which each has file_id, key and digest.

    The numbering raises `AssertionError` if the next row is not of the file that must get one.
    """
    remaining = iter(rows)

    def number(name: Name) -> int:
        row = next(remaining, None)
        assert row, f"the ledger lacks {name}"
        assert row[1:] == name, f"expected {name}, actual {row}"
        return row[0]

    return number


def is_dated(key: str) -> bool:
    """Tell whether a file's name holds a day."""
    return bool(DAY.search(key.rpartition("/")[2]))


def _leave(entry: Entry, status: str) -> None:
    entry.status, entry.sales_file_id = status, None
    if status == "erased":
        entry.reason, entry.rows_loaded, entry.has_copy = "", 0, False


def _is_of(content: Content, removal: Removal) -> bool:
    """Tell whether a content has sales of the store and of the day that a removal names, if it names some."""
    if not removal.store and not removal.day:
        return True
    selected_store = store_key(removal.store)
    return any(selected_store in {"", store} and removal.day in {None, day} for store, day in content.days)
