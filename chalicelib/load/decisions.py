"""The decision on each file of a batch, made under the lock: what becomes of every version that it concerns. Pure.

A version is current unless a newer version of its key covers it, or it was withdrawn or erased. The warehouse has the
sales that current files state: `sql/load/decide` says which of them count, sale by sale.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from chalicelib.load.ledger import NO_SALES_LEFT, Entry, unchanged_entry
from chalicelib.model import LoadRequest, Status
from chalicelib.reading.file_names import is_rolling

CURRENT: Final = frozenset({Status.LOADED, Status.DUPLICATE})
COVERING: Final = CURRENT | {Status.WITHDRAWN, Status.ERASED}
"""Versions of these statuses cover older ones. A superseded one need not: the version that covers it does."""

WITHDRAW_INSTEAD: Final = (
    "The file has no sales, but an earlier file of this name has:"
    " if those are wrong, withdraw that file instead."
)

StoreDays = frozenset[tuple[str, date]]
"""The stores, by their keys, and the days of which a file states sales."""


@dataclass(frozen=True, slots=True)
class Days:
    """The stores and days of staged files, by `ingest_id`, and of files of the ledger, by `file_id`."""

    staged: Mapping[int, StoreDays]
    loaded: Mapping[int, StoreDays]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The ledger's rows after a batch, and which sales come and leave."""

    new: Mapping[LoadRequest, Entry]
    """The new row of each request that gets one."""
    unchanged: Mapping[LoadRequest, Entry]
    """The existing row, as it is after the batch, of each request that brings nothing new."""
    tied: Sequence[LoadRequest]
    """Requests of the same second as a version that was committed meanwhile: S3 must say which is newer."""
    changed: Sequence[Entry]
    """The existing rows that change, as they are after the batch."""
    loaded_file_ids: frozenset[int]
    """The new files whose staged sales are to be loaded. A duplicate's are not."""
    leaving: Mapping[int, int]
    """The files under whose ids there are sales that no current file states any more, each with the `file_id` of the
    version that took its place; 0 if somebody removed it."""


@dataclass(eq=False, slots=True)
class _Version:
    """A version of a key: a row of the ledger, or the row that a request may get."""

    entry: Entry
    place: tuple[datetime, int, str, int]
    """Versions of a key sort by it, the newest last."""
    days: StoreDays = frozenset()
    request: LoadRequest | None = None
    """The request, unless the ledger has this version."""
    covered_by: "_Version | None" = None
    replaced_by: "_Version | None" = None
    """The version for which a refusal waits no more, although its own content cannot be read."""

    def covers(self, other: "_Version") -> bool:
        """Tell whether this version, which is newer, takes the place of another one of its key."""
        if self.entry.status is Status.ERASED:
            return True
        if other.entry.status is Status.REFUSED:
            # Nobody knows its days, so it waits under `sales.csv`; the same rule deletes raw versions in `RawBucket`.
            return not is_rolling(self.entry.object_key)
        if other.entry.has_sales and not self.days:
            return False
        # A name with a day is that day's file. Under `sales.csv` a week covers the days, and the weeks, within it.
        return not is_rolling(self.entry.object_key) or other.days <= self.days


def decide(  # noqa: PLR0913 - a decision needs all of these
    requests: Iterable[LoadRequest],
    entries: Iterable[Entry],
    *,
    days: Days,
    newest: Mapping[LoadRequest, bool],
    greatest_file_id: int,
    loaded_at: datetime,
) -> Decisions:
    """Return the decisions on a batch.

    `entries` are the ledger's rows of the requests' keys, of their contents, and of the contents of these keys' current
    versions. `newest` says of requests whether S3 has them as the newest version of their second.
    """
    batch = _Batch(entries, days, newest, loaded_at)
    by_key: dict[str, list[LoadRequest]] = defaultdict(list)
    for request in requests:
        by_key[request.source.object_key].append(request)
    for object_key, requests_of_key in by_key.items():
        batch.decide_key(object_key, requests_of_key)
    batch.number(greatest_file_id)
    return batch.decisions()


def decide_removal(entries: Iterable[Entry], removed_file_ids: Iterable[int], status: Status) -> Decisions:
    """Return the decisions that withdraw, erase or discard files of the ledger.

    `entries` are those files, and all others with one of their contents.
    """
    removed = set(removed_file_ids)
    batch = _Batch(entries, Days({}, {}), {}, datetime.min)  # noqa: DTZ901 - no new row, so no time
    for version in batch.existing.values():
        if version.entry.file_id in removed:
            version.entry = version.entry.removed(status)
    return batch.decisions()


class _Batch:
    """The versions that a batch concerns. Each step changes them; `decisions` says what became of them."""

    def __init__(
        self,
        entries: Iterable[Entry],
        days: Days,
        newest: Mapping[LoadRequest, bool],
        loaded_at: datetime,
    ) -> None:
        self._days = days
        self._newest = newest
        self._loaded_at = loaded_at
        self._before = {entry.file_id: entry for entry in entries}
        self.existing = {
            file_id: _Version(entry, entry.place, days.loaded.get(file_id, frozenset()))
            for file_id, entry in self._before.items()
        }
        self._of_key: dict[str, list[_Version]] = defaultdict(list)
        for version in self.existing.values():
            self._of_key[version.entry.object_key].append(version)
        self._new: list[_Version] = []
        self._unchanged: dict[LoadRequest, _Version] = {}
        self._tied: list[LoadRequest] = []

    def decide_key(self, object_key: str, requests: Iterable[LoadRequest]) -> None:
        """Decide on the requests of one key."""
        existing = self._of_key[object_key]
        before = [replace(version) for version in existing if version.entry.status in COVERING]
        moving: list[_Version] = []  # the new versions, and existing ones whose content was uploaded again
        for request in sorted(requests, key=self._place, reverse=True):
            self._sort_out(request, existing, moving)
        covering = [version for version in existing if version.entry.status in COVERING]
        if not is_rolling(object_key):
            _refuse_empty(before, moving)
        readable = [version for version in moving if version.entry.status is not Status.REFUSED]
        for version in readable:
            version.covered_by = _covering(version, [*covering, *readable])
        # Versions of the ledger have been compared with each other before.
        for version in covering:
            version.covered_by = _covering(version, readable)
        new = [version for version in moving if version.request and not self._is_recorded(version, existing)]
        self._new += new
        _replace_refusals([*existing, *new], [*covering, *readable])

    def _sort_out(self, request: LoadRequest, existing: Sequence[_Version], moving: list[_Version]) -> None:
        """Find the version that a request is: one of the ledger, a newer one of the batch, or a new one."""
        versions = {version.entry: version for version in existing}
        if entry := unchanged_entry(request, list(versions)):
            self._unchanged[request] = versions[entry]
            return
        same_content = [
            version for version in moving if version.entry.content_sha256 == request.content_sha256
        ]
        if same_content:
            self._unchanged[request] = same_content[0]
            return
        if self._is_tied(request, existing):
            self._tied.append(request)
        statuses = {Status.REFUSED} if request.reason else CURRENT
        for version in existing:
            if version.entry.content_sha256 == request.content_sha256 and version.entry.status in statuses:
                # Its row takes over the version of this upload, and the reason if it is another one today.
                version.entry = version.entry.uploaded_again(request)
                version.place = max(version.place, self._place(request))
                self._unchanged[request] = version
                moving.append(version)
                return
        days = self._days.staged.get(request.ingest_id, frozenset())
        moving.append(_Version(Entry.of(request, self._loaded_at), self._place(request), days, request))

    def _place(self, request: LoadRequest) -> tuple[datetime, int, str, int]:
        """Return the place of a request among the versions of its key, compared with `Entry.place`."""
        source = request.source
        is_newest = self._newest.get(request)
        if request.archived_file_id and not source.sequencer:
            is_newest = True  # copies come in the order in which their files were loaded
        # Within a second the sequencers decide, or S3 was asked which version is the newest: the ledger's are between.
        within_second = 1 if is_newest is None else 2 * is_newest
        number = request.archived_file_id or request.ingest_id
        return source.last_modified, within_second, source.sequencer, number

    def _is_tied(self, request: LoadRequest, existing: Iterable[_Version]) -> bool:
        """Tell whether nobody knows if a request is newer than a version of the ledger."""
        if request.reason or request.archived_file_id or request in self._newest:
            return False
        return any(
            version.entry.last_modified == request.source.last_modified
            and version.entry.content_sha256 != request.content_sha256
            and not (version.entry.sequencer and request.source.sequencer)
            for version in existing
            if version.entry.status in COVERING
        )

    def _is_recorded(self, version: _Version, existing: Iterable[_Version]) -> bool:
        """Tell whether the ledger has a row for a request that is superseded, or refused, in any case.

        If not, an earlier refusal of its content, or of its bytes, is superseded by its new row.
        """
        request = version.request
        assert request is not None  # noqa: S101 - only new versions are asked about
        same_content = [other for other in existing if other.entry.has_content_of(request)]
        refusals = [other for other in same_content if other.entry.status is Status.REFUSED]
        if version.entry.status is Status.REFUSED and refusals:
            refusals[0].entry = refusals[0].entry.uploaded_again(request)
            refusals[0].place = max(refusals[0].place, version.place)
            self._use_recorded(version, refusals[0])
            return True
        # In a bucket without versions all uploads of one second look alike.
        same_version = [
            other for other in same_content if other.entry.is_version_of(request) and other not in refusals
        ]
        if version.covered_by and same_version:
            self._use_recorded(version, same_version[0])
            return True
        # A file that was too large, or in GLACIER, had a digest of its size and eTag instead.
        unread = [
            other
            for other in existing
            if other.entry.status is Status.REFUSED and other.entry.is_upload_of(request)
        ]
        for refusal in [*refusals, *unread]:
            refusal.covered_by = version
        return False

    def _use_recorded(self, version: _Version, recorded: _Version) -> None:
        """Give the request of a version, and all of the batch that are like it, the row that the ledger has."""
        alike = [request for request, unchanged in self._unchanged.items() if unchanged is version]
        self._unchanged |= dict.fromkeys([*filter(None, [version.request]), *alike], recorded)

    def number(self, greatest_file_id: int) -> None:
        """Give the new rows their numbers, in the order of versions, and the superseded ones those of their successors.

        In a warehouse that is rebuilt from the archive, files keep their numbers.
        """

        def order(version: _Version) -> tuple[int, tuple[datetime, int, str], str, int]:
            request = version.request
            archived_file_id = request.archived_file_id if request else 0
            return archived_file_id, version.place[:3], version.entry.object_key, version.place[3]

        self._new.sort(key=order)
        archived = [version.request.archived_file_id for version in self._new if version.request]
        is_rebuilt = bool(archived) and min(archived) > greatest_file_id
        for number, version in enumerate(self._new):
            file_id = archived[number] if is_rebuilt else greatest_file_id + 1 + number
            version.entry = version.entry._replace(file_id=file_id)
        for version in [*self.existing.values(), *self._new]:
            if version.covered_by:
                version.entry = version.entry.superseded(version.covered_by.entry.file_id)
            elif version.replaced_by:
                version.entry = version.entry.replaced(version.replaced_by.entry.file_id)

    def decisions(self) -> Decisions:
        """Decide on the contents: of current files with one content, one is loaded and the others are duplicates."""
        by_content: dict[str, list[_Version]] = defaultdict(list)
        for version in [*self.existing.values(), *self._new]:
            by_content[version.entry.content_sha256].append(version)
        loaded: set[int] = set()
        leaving: dict[int, int] = {}
        for versions in by_content.values():
            current = sorted(
                (
                    version
                    for version in versions
                    if version.entry.status in CURRENT and version.entry.has_sales
                ),
                key=_seniority,
            )
            # The file under whose id the content's sales are, and a version that stated them before the batch
            before = {
                entry.sales_file_id: version
                for version in versions
                if (entry := self._before.get(version.entry.file_id)) and entry.sales_file_id is not None
            }
            leaving |= {file_id: version.entry.superseded_by or 0 for file_id, version in before.items()}
            if current:
                sales_file_id = min(before, default=current[0].entry.file_id)
                leaving.pop(sales_file_id, None)
                if not before:
                    loaded.add(sales_file_id)
                _share(current, sales_file_id)
        changed = [
            version.entry
            for file_id, version in self.existing.items()
            if version.entry != self._before[file_id]
        ]
        return Decisions(
            new={version.request: version.entry for version in self._new if version.request},
            unchanged={request: version.entry for request, version in self._unchanged.items()},
            tied=self._tied,
            changed=changed,
            loaded_file_ids=frozenset(loaded),
            leaving=leaving,
        )


def _covering(version: _Version, others: Iterable[_Version]) -> _Version | None:
    """Return the newest of these versions that covers a current or a refused one; None if there is none."""
    if version.entry.status not in CURRENT | {Status.REFUSED}:
        return None
    covering = [other for other in others if other.place > version.place and other.covers(version)]
    return max(covering, key=lambda other: other.place, default=None)


def _replace_refusals(versions: Iterable[_Version], readable: Sequence[_Version]) -> None:
    """Find out which refusals wait no more. One whose own content can be read now is superseded anyway."""
    for version in versions:
        is_waiting = version.entry.status is Status.REFUSED and version.entry.superseded_by is None
        if is_waiting and not version.covered_by:
            version.replaced_by = _covering(version, readable)


def _refuse_empty(existing: Sequence[_Version], moving: Sequence[_Version]) -> None:
    """Refuse new files without sales that would take the place of files with sales, even if a newer file covers both.

    `existing` are the ledger's versions as they were before the batch: an upload may have made one newer.
    Under a rolling name such a file takes nobody's place: it is a closed day.
    """
    new = [version for version in moving if version.request and not _covering(version, existing)]
    current = [
        version
        for version in [*existing, *new]
        if version.entry.status in CURRENT and version.entry.has_sales
    ]
    for version in new:
        is_empty = version.entry.status is Status.LOADED and not version.entry.has_sales
        if is_empty and any(other.place < version.place for other in current):
            version.entry = version.entry.refused(NO_SALES_LEFT, WITHDRAW_INSTEAD)


def _seniority(version: _Version) -> tuple[bool, bool, int]:
    """Return a value by which the file that is loaded already sorts before duplicates, and these before new ones."""
    return version.request is not None, version.entry.status is Status.DUPLICATE, version.entry.file_id


def _share(current: Sequence[_Version], sales_file_id: int) -> None:
    """Write down that current files state the sales of one content; the first of them is loaded."""
    original, *duplicates = current
    original.entry = original.entry.loaded(sales_file_id)
    for version in duplicates:
        version.entry = version.entry.duplicate_of(original.entry.object_key, sales_file_id)
