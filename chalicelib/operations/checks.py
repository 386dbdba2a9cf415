"""What the sweep asks the warehouse: which raw versions are refused, which stores are missing, what is suspect."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from chalicelib.model import SourceVersion
from chalicelib.warehouse.connection import Warehouse

DAYS: Final = 7
MOST: Final = 4
"""Of these days: a store that sent a file on so many is expected to send one today."""

LATENESS: Final = timedelta(hours=1)
"""What a store is given after the latest time of day at which its first file was there."""

REFUSALS: Final = "select object_key, etag, last_modified from load_files where status = 'refused'"

SUSPECT_SALES: Final = "select count(*) from suspect_sales"

MISSING_STORES: Final = """
    with arrivals as (
        select store_name, cast(last_modified as date) as arrived_on, min(last_modified) as arrived_at
        from load_files
        where store_name <> '' and last_modified >= %s and last_modified <= %s
        group by store_name, cast(last_modified as date)
    )

    select
        store_name,
        max(cast(extract(hour from arrived_at) * 60 + extract(minute from arrived_at) as integer)) as latest_minute
    from arrivals
    group by store_name
    having count(*) >= %s and max(arrived_at) < %s
    order by store_name
"""
"""Stores that sent a file on most days and not today, with the latest minute of a day at which its first was there."""


class MissingStore(NamedTuple):
    """A store whose file should be here."""

    store_name: str
    usual: time
    """The latest time, in UTC, at which its first file of a day was there in the last days."""
    due: datetime


class Refusals:
    """The raw versions that the ledger refuses today."""

    def __init__(self, warehouse: Warehouse) -> None:
        rows = warehouse.execute(REFUSALS)
        self._known: dict[tuple[str, str], datetime] = {(key, etag): modified for key, etag, modified in rows}

    def __contains__(self, version: SourceVersion) -> bool:
        """Tell whether a version is refused. Of equal ones under a key the ledger has the newest alone."""
        refused = self._known.get((version.object_key, version.etag))
        return refused is not None and version.last_modified <= refused


def missing_stores(warehouse: Warehouse, now: datetime) -> Sequence[MissingStore]:
    """Return the stores that sent a file on most of the last days, and none today though it is late."""
    today = datetime.combine(now, time.min)
    since = today - timedelta(days=DAYS)
    rows = warehouse.execute(MISSING_STORES, (since, now, MOST, today))
    usually = [(name, today + timedelta(minutes=minute)) for name, minute in rows]
    found = [MissingStore(name, usual.time(), usual + LATENESS) for name, usual in usually]
    return [store for store in found if store.due < now]


def suspect_sales(warehouse: Warehouse) -> int:
    """Return how many sales are suspect."""
    [(count,)] = warehouse.execute(SUSPECT_SALES)
    return int(count)
