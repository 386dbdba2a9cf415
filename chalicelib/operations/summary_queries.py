"""The queries of a morning's summary: each store's day, the files that need a person, the rise of suspect sales.

None reads a customer's hash. Files are looked for in the hours from one morning to the next: what a load could not tell
anybody, since it crashed after its commit, is told then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from chalicelib.model import Status
from chalicelib.normalisation import store_key
from chalicelib.people import reading_changes
from chalicelib.people.file_lines import File
from chalicelib.people.file_queries import faults_of
from chalicelib.people.named_stores import named_store
from chalicelib.people.recipients import recipient
from chalicelib.people.summaries import BEST_SELLERS, NOTHING, BestSeller, Figures, Morning, State, StoreDay
from chalicelib.reading.file_names import named_day
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query

WEEK: Final = timedelta(days=7)
LAST_FILES: Final = timedelta(days=28)
"""How far back the last file of a store is looked for."""


class Window(NamedTuple):
    """A day, and the hours from its morning to the next one, in UTC without zone."""

    day: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, day: date, hour: int) -> "Window":
        """Return the window of a day whose summary is sent at an hour of the next morning."""
        since = datetime.combine(day, time(hour))
        return cls(day, since, since + timedelta(days=1))

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the queries."""
        return {"day": self.day, "since": self.since, "until": self.until}


class FoundFiles(NamedTuple):
    """The files that need a person, and the keys of those that say that a store was closed."""

    to_correct: Sequence[File]
    closed: Sequence[str]


def morning(warehouse: Warehouse, window: Window) -> Morning:
    """Return all that the mails of a morning say."""
    files = _files(warehouse, window)
    names = [store_name for (store_name,) in warehouse.execute(query("queries/store_names"))]
    count, new_count = warehouse.execute(query("queries/summary_suspect_sales"), window.parameters)[0]
    return Morning(
        day=window.day,
        store_days=_store_days(warehouse, window.day, files, names),
        files=files.to_correct,
        faults=faults_of(files.to_correct, warehouse),
        suspect_sales=count,
        new_suspect_sales=new_count,
    )


def _files(warehouse: Warehouse, window: Window) -> FoundFiles:
    to_correct, closed = [], []
    for *columns, status, last_modified, loaded_at in warehouse.execute(
        query("queries/summary_files"), window.parameters
    ):
        file = File(*columns)
        day = named_day(file.object_key)
        if status == Status.REFUSED:
            # The query has the refused files since the day: those of other days and hours are told in other mornings.
            if window.since <= loaded_at < window.until or day == window.day:
                to_correct.append(file)
        elif file.rows_rejected:
            to_correct.append(file._replace(reason=""))
        elif window.day == (day or last_modified.date()):
            closed.append(file.object_key)
    return FoundFiles(to_correct, closed)


def _store_days(warehouse: Warehouse, day: date, files: FoundFiles, names: Sequence[str]) -> list[StoreDay]:
    """Return the day of each store that sold something, should have, or has something to correct."""
    days = {"day": day, "before": day - WEEK}
    figures: dict[date, dict[str, Figures]] = {day: {}, day - WEEK: {}}
    for store_name, sold_on, *of_day in warehouse.execute(query("queries/summary_figures"), days):
        figures[sold_on][store_name] = Figures(*of_day)
    sellers = _best_sellers(warehouse, day)
    missing = {store_name for (store_name,) in warehouse.execute(query("queries/summary_missing"), days)}
    closed = {named_store(object_key, names) for object_key in files.closed} - {""}
    spellings = {store_key(store_name): store_name for store_name in names}
    files_of = _by_store(files.to_correct, names, spellings)
    changes = _changes(warehouse, day, spellings)

    def state(store_name: str) -> State:
        if store_name in figures[day]:
            return State.SOLD
        if store_name in closed:
            return State.CLOSED
        return State.MISSING if store_name in missing else State.NOT_EXPECTED

    return [
        StoreDay(
            store_name,
            state(store_name),
            figures[day].get(store_name, NOTHING),
            figures[day - WEEK].get(store_name, NOTHING),
            sellers.get(store_name, ()),
            files_of.get(store_name, ()),
            changes.get(store_name, ()),
        )
        for store_name in sorted(figures[day].keys() | missing | closed | files_of.keys() | changes.keys())
    ]


def _best_sellers(warehouse: Warehouse, day: date) -> dict[str, list[BestSeller]]:
    sellers: dict[str, list[BestSeller]] = defaultdict(list)
    rows = warehouse.execute(query("queries/summary_best_sellers"), {"day": day})
    for store_name, product, size, items in rows:
        sellers[store_name].append(BestSeller(items, " ".join(filter(None, [size, product]))))
    # Of products that sell alike, the first in the alphabet comes first.
    return {
        store_name: sorted(of_store, key=lambda seller: (-seller.items, seller.product))[:BEST_SELLERS]
        for store_name, of_store in sellers.items()
    }


def _by_store(
    files: Iterable[File], names: Sequence[str], spellings: Mapping[str, str]
) -> dict[str, list[File]]:
    """Return the files of each known store, as a load would send them to it."""
    by_store: dict[str, list[File]] = defaultdict(list)
    for file in files:
        if store := recipient(file.object_key, file.store_name, file.remarks, names):
            by_store[spellings.get(store_key(store), store)].append(file)
    return by_store


def _changes(warehouse: Warehouse, day: date, spellings: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what changed in how each store's file of a day was read."""
    rows = warehouse.execute(query("queries/summary_readings"), {"day": day, "since": day - LAST_FILES})
    changes: dict[str, list[str]] = {}
    for key, files in groupby(rows, itemgetter(0)):
        (_, store_name, reading, _), *earlier = files
        sentences = [
            sentence
            for _, _, reading_before, sold_on in earlier
            for sentence in reading_changes.changes(reading_before, reading, sold_on)
        ]
        if sentences:
            changes[spellings.get(key, store_name)] = sentences
    return changes
