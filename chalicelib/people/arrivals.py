"""When a store's file is late: one rule for the sweep, which looks for it, and for the report's ledger. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

DAYS: Final = 7
LEAST_DAYS: Final = 4
"""A store that sent a file on at least this many of the last days is expected to send one today."""

LATENESS: Final = timedelta(hours=1)
"""A store is late when this time has passed since its usual time, the latest of the last days."""


def is_late(day: date, arrivals: Mapping[date, datetime]) -> bool:
    """Tell whether a store's first file of a day of sale came late.

    `arrivals` has the time at which the first file of each day of sale came. Unlike the sweep, which cannot know what a
    missing file would say, this counts from midnight of the day of sale: a file of Monday may come on Tuesday morning.
    """
    last_days = [day - timedelta(days=back) for back in range(1, DAYS + 1)]
    usual = [_delay(earlier, arrivals[earlier]) for earlier in last_days if earlier in arrivals]
    return len(usual) >= LEAST_DAYS and _delay(day, arrivals[day]) > _minutes(max(usual)) + LATENESS


def _delay(day: date, arrived_at: datetime) -> timedelta:
    return arrived_at - datetime.combine(day, time.min)


def _minutes(delay: timedelta) -> timedelta:
    """Return a delay without its seconds, as `sql/queries/usual_times.sql` has it."""
    return delay - delay % timedelta(minutes=1)
