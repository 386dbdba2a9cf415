"""The sweep: every quarter of an hour it looks for stuck files, missing stores and more that no event reports.

A sweep of the schedule enters the warehouse once a day, and when a file waits that only the ledger can judge: Redshift
Serverless bills a minute each time. If a step fails, the other steps are still done. In the end the sweep itself
fails, so that an alarm reports it.
"""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.errors import RequestError
from chalicelib.model import SourceVersion
from chalicelib.operations.retention import longest_wait, patience
from chalicelib.operations.sweep_steps import Sweep
from chalicelib.operations.waiting import WaitingVersion, is_check_due, reported, undecided
from chalicelib.settings import DAILY, Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import RawBucket, is_possible_key
from chalicelib.warehouse.connection import Warehouse

YEAR: Final = 365 * 24 * 60

TIMEOUT: Final = 120
"""Seconds that the warehouse gets; the function itself has more."""


SCHEDULED: Final = "Scheduled Event"
"""The field `detail-type` of a schedule's event. Whoever else calls the sweep wants to know everything now."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Sweep once; return the findings. The event's `minutes` say how long a raw object may wait to be loaded.

    Without them, it may wait as long as the load queue may have its request.
    """
    minutes = event.get("minutes")
    # JSON's NaN compares with nothing, so it is not within the bounds either.
    if "minutes" in event and (not isinstance(minutes, int | float) or not 0 <= minutes <= YEAR):
        raise RequestError(f"A sweep's minutes must be a number from 0 to {YEAR:,}, which is a year.")
    return sweep(
        Settings.from_environment(),
        now=datetime.now(UTC).replace(tzinfo=None),
        minutes=minutes,
        is_scheduled=event.get("detail-type") == SCHEDULED,
    )


def sweep(
    settings: Settings, *, now: datetime, minutes: float | None = None, is_scheduled: bool = False
) -> dict[str, Any]:
    """Do every step as of a time in UTC, send a notice of the news, and return the findings.

    A scheduled sweep leaves out what it cannot find without the warehouse, unless its daily check is due. Steps that
    the warehouse did not answer are named as `postponed`. Raise an `ExceptionGroup` of the failures after all steps.
    """
    buckets = Buckets.from_settings(settings)
    this = Sweep(settings, now, buckets.raw.tags)
    with this.step("remove parts"):
        oldest = now - longest_wait(settings.load_queue)
        this.findings["parts_removed"] = buckets.staged.delete_older_than(oldest)
    waiting: list[WaitingVersion] = []
    with this.step("find waiting files"):
        # The queue comes first: a request that is loaded meanwhile takes its object out of the listing.
        between_loads = timedelta(minutes=settings.load_minutes)
        age = patience(settings.load_queue, between_loads) if minutes is None else timedelta(minutes=minutes)
        waiting = this.look_at(_old_versions(buckets.raw, now - age))
    is_full = not is_scheduled or is_check_due(now, settings)
    candidates, stuck = (waiting, []) if is_full else (undecided(waiting), reported(waiting))
    if is_full or candidates:
        with (
            this.step("reach the warehouse"),
            closing(Warehouse.from_settings(settings, timeout=TIMEOUT)) as warehouse,
        ):
            with this.step("send raw objects again"):
                this.reingest([*this.not_refused(candidates, warehouse), *stuck])
            if is_full:
                this.check_stores(warehouse, is_daily=is_scheduled and settings.warehouse_checks == DAILY)
    else:
        this.reingest(stuck)
    this.report()
    if this.failures:
        messages = "; ".join(map(str, this.failures))
        raise ExceptionGroup(f"Some steps of the sweep failed: {messages}", this.failures)
    return this.findings | ({"postponed": this.postponed} if this.postponed else {})


def _old_versions(raw: RawBucket, before: datetime) -> list[SourceVersion]:
    """Return the raw versions uploaded before a time that are files."""
    old = [version for version in raw.versions() if version.last_modified <= before]
    # A key with several versions is checked once: `is_possible_key` logs a key that it does not take.
    keys = set(filter(is_possible_key, {version.object_key for version in old}))
    return [version for version in old if version.object_key in keys]
