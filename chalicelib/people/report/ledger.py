"""The report's second page: what became of each store's file of each day. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.people.arrivals import is_late
from chalicelib.people.named_stores import named_store
from chalicelib.people.report.periods import ledger_days
from chalicelib.people.report.rows import FileWithoutSales, ReportRows, StatedDay
from chalicelib.reading.file_names import named_day


class Cell(StrEnum):
    """What became of a store's day; of several, the first in this order is shown."""

    REFUSED = "refused"
    PARTLY_REJECTED = "partly rejected"
    LATE = "late"
    LOADED = "loaded"
    CLOSED = "closed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A store and its days; None stands for a day on which nothing was expected of it."""

    store_name: str
    cells: list[Cell | None]


def ledger(rows: ReportRows) -> list[LedgerRow]:
    """Return a row for each store of which something came or was expected, in alphabetical order."""
    cells = cells_of_days(rows)
    days = ledger_days(rows.day)
    names = sorted({name for name, day in cells if day in days})
    return [LedgerRow(name, [cells.get((name, day)) for day in days]) for name in names]


def cells_of_days(rows: ReportRows) -> dict[tuple[str, date], Cell]:
    """Return what became of the days of stores. Only the last 14 days are complete."""
    expected = {(store, day): is_missing for store, day, is_missing in rows.expected_days}
    without_sales = _without_sales(rows)
    refused, closed = without_sales["refused"], without_sales["loaded"]
    partly = {
        (stated.store_name, stated.sold_on)
        for stated in rows.stated_days
        if stated.status == "loaded" and stated.rows_rejected
    }
    late = set(_late(rows.stated_days))

    def cell(store_day: tuple[str, date]) -> Cell:
        has_sales = expected.get(store_day) is False
        if store_day in refused:
            return Cell.REFUSED
        if not has_sales:
            return Cell.CLOSED if store_day in closed else Cell.MISSING
        if store_day in partly:
            return Cell.PARTLY_REJECTED
        return Cell.LATE if store_day in late else Cell.LOADED

    return {store_day: cell(store_day) for store_day in {*expected, *refused, *closed}}


def newest_versions(files: Iterable[FileWithoutSales]) -> list[FileWithoutSales]:
    """Return the newest version of each key, in the order of keys."""
    newest = {file.object_key: file for file in sorted(files, key=lambda file: file.last_modified)}
    return [newest[key] for key in sorted(newest)]


def _without_sales(rows: ReportRows) -> dict[str, set[tuple[str, date]]]:
    """Return the stores and days that the names of files give, by the status of the files."""
    stores: dict[str, set[tuple[str, date]]] = defaultdict(set)
    for file in newest_versions(rows.files_without_sales):
        store, day = named_store(file.object_key, list(rows.store_keys)), named_day(file.object_key)
        if store and rows.store_name in {"", store} and day and day <= rows.day:
            stores[file.status].add((store, day))
    return stores


def _late(stated_days: Iterable[StatedDay]) -> Iterable[tuple[str, date]]:
    arrivals: dict[str, dict[date, datetime]] = defaultdict(dict)
    for stated in stated_days:
        first = arrivals[stated.store_name].get(stated.sold_on, stated.last_modified)
        arrivals[stated.store_name][stated.sold_on] = min(first, stated.last_modified)
    for store, arrived in arrivals.items():
        yield from ((store, day) for day in arrived if is_late(day, arrived))
