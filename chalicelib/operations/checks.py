"""The sweep's queries: the raw versions that are refused, the stores that are missing, the count of suspect sales."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from chalicelib.model import SourceVersion
from chalicelib.people.arrivals import DAYS, LATENESS, LEAST_DAYS
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query


class MissingStore(NamedTuple):
    """A store whose file should have come."""

    store_name: str
    usual: time
    """The latest time of day, in UTC, at which its first file of a day came in the last days."""
    due: datetime


class Refusals:
    """The raw versions that the ledger refuses today."""

    def __init__(self, warehouse: Warehouse) -> None:
        rows = warehouse.execute(query("queries/refused_versions"))
        self._last_modified: dict[tuple[str, str], datetime] = {
            (key, etag): last_modified for key, etag, last_modified in rows
        }

    def __contains__(self, version: SourceVersion) -> bool:
        """Tell whether a version is refused. Of equal versions of a key, the ledger has only the newest."""
        refused = self._last_modified.get((version.object_key, version.etag))
        return refused is not None and version.last_modified <= refused


def missing_stores(
    warehouse: Warehouse, now: datetime, wait: timedelta = timedelta()
) -> Sequence[MissingStore]:
    """Return the stores that sent a file on most of the last days, but none today although it is due.

    A file may `wait` to be loaded, and is due by so much later. Today lasts until files of its last minute are due:
    what usually comes by 23:30 is missing at half past midnight.
    """
    return _missing_stores(warehouse, now, datetime.combine(now - LATENESS - wait, time.min), LATENESS + wait)


def stores_missing_yesterday(warehouse: Warehouse, now: datetime) -> Sequence[MissingStore]:
    """Return the stores that sent a file on most of the days before yesterday, but none yesterday nor since."""
    yesterday = datetime.combine(now - timedelta(days=1), time.min)
    return _missing_stores(warehouse, now, yesterday, timedelta())


def _missing_stores(
    warehouse: Warehouse, now: datetime, today: datetime, lateness: timedelta
) -> Sequence[MissingStore]:
    parameters = {
        "since": today - timedelta(days=DAYS),
        "until": now,
        "today": today,
        "least_days": LEAST_DAYS,
    }
    rows = warehouse.execute(query("queries/usual_times"), parameters)
    # ("Leeds", 1145): the first file of a day came by 19:05 UTC at the latest, so it is due by 20:05
    usual_times = [(store_name, today + timedelta(minutes=minute)) for store_name, minute in rows]
    stores = [MissingStore(name, usual.time(), usual + lateness) for name, usual in usual_times]
    return [store for store in stores if store.due < now]


def suspect_sales(warehouse: Warehouse) -> int:
    """Return the number of suspect sales."""
    [(count,)] = warehouse.execute(query("queries/suspect_sale_count"))
    return int(count)
