"""The sweep: every quarter of an hour it looks for stuck files, missing stores and more that no event reports.

If a step fails, the other steps are still done. In the end the sweep itself fails, so that an alarm reports it.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.errors import AwsUnreachableError, RequestError, TransientError
from chalicelib.log import log_event, put_metrics
from chalicelib.model import SourceVersion
from chalicelib.operations import checks
from chalicelib.operations.checks import MissingStore
from chalicelib.operations.reingests import REPORTED, TRIES, Reingests
from chalicelib.operations.retention import longest_wait, patience
from chalicelib.people import metrics, notices, stores
from chalicelib.people.escapes import escaped
from chalicelib.people.mails import Mail, titled
from chalicelib.people.quantities import quantity
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import is_possible_key
from chalicelib.warehouse.connection import Warehouse

STILL_NOT_LOADED: Final = f"sent again {TRIES} times and still not loaded"

YEAR: Final = 365 * 24 * 60

TIMEOUT: Final = 120
"""Seconds that the warehouse gets; the function itself has more."""

THREADS: Final = 8
"""Raw objects that are checked at a time; each waits for S3 most of the time."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Sweep once; return the findings. The event's `minutes` say how long a raw object may wait to be loaded.

    Without them, it may wait as long as the load queue may have its request.
    """
    minutes = event.get("minutes")
    # JSON's NaN compares with nothing, so it is not within the bounds either.
    if "minutes" in event and (not isinstance(minutes, int | float) or not 0 <= minutes <= YEAR):
        raise RequestError(f"A sweep's minutes must be a number from 0 to {YEAR:,}, which is a year.")
    return sweep(Settings.from_environment(), now=datetime.now(UTC).replace(tzinfo=None), minutes=minutes)


def sweep(settings: Settings, *, now: datetime, minutes: float | None = None) -> dict[str, Any]:
    """Do every step as of a time in UTC, send a notice of the news, and return the findings.

    Steps that the warehouse did not answer are named as `postponed`. Raise an `ExceptionGroup` of the failures after
    all steps.
    """
    this = Sweep(settings, now)
    buckets = Buckets.from_settings(settings)
    with this.step("remove parts"):
        oldest = now - longest_wait(settings.load_queue)
        this.findings["parts_removed"] = buckets.staged.delete_older_than(oldest)
    with (
        this.step("reach the warehouse"),
        closing(Warehouse.from_settings(settings, timeout=TIMEOUT)) as warehouse,
    ):
        with this.step("send raw objects again"):
            # The queue comes first: a request that is loaded meanwhile takes its object out of the listing.
            age = patience(settings.load_queue) if minutes is None else timedelta(minutes=minutes)
            this.reingest(_waiting(buckets, warehouse, now - age))
        with this.step("find missing stores"):
            this.name_missing(checks.missing_stores(warehouse, now))
        with this.step("count suspect sales"):
            this.findings["suspect_sales"] = checks.suspect_sales(warehouse)
    this.report()
    if this.failures:
        messages = "; ".join(map(str, this.failures))
        raise ExceptionGroup(f"Some steps of the sweep failed: {messages}", this.failures)
    return this.findings | ({"postponed": this.postponed} if this.postponed else {})


def _waiting(buckets: Buckets, warehouse: Warehouse, before: datetime) -> list[SourceVersion]:
    """Return the raw versions uploaded before a time that are files, and not refused."""
    old = [version for version in buckets.raw.versions() if version.last_modified <= before]
    # A key with several versions is checked once: `is_possible_key` logs a key that it does not take.
    keys = set(filter(is_possible_key, {version.object_key for version in old}))
    # Refusals are queried last, so that a file refused since the listing is among them.
    refusals = checks.Refusals(warehouse)
    return [version for version in old if version.object_key in keys and version not in refusals]


class Sweep:
    """One sweep: its findings, which of them are news, and the steps that failed."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._reingests = Reingests(
            client("s3", settings.account), settings.raw_bucket, settings.ingest_function
        )
        self._newly_stuck: list[SourceVersion] = []
        self._newly_missing: list[MissingStore] = []
        self.findings: dict[str, Any] = {}
        self.failures: list[Exception] = []
        self.postponed: list[str] = []
        """The steps that the next sweep has to do, since the warehouse did not answer."""

    @contextmanager
    def step(self, name: str, **about: str) -> Iterator[None]:
        """Log a failure inside, and go on after it. A warehouse that is away is no failure: loads report it."""
        try:
            yield
        except Exception as exc:  # noqa: BLE001 - raised in the end
            if isinstance(exc, TransientError) and not isinstance(exc, AwsUnreachableError):
                log_event("sweep_postponed", level=logging.WARNING, step=name, **about, error=exc)
                self.postponed.append(name)
                return
            log_event("sweep_failed", level=logging.ERROR, step=name, **about, error=exc)
            self.failures.append(exc)

    def reingest(self, versions: Sequence[SourceVersion]) -> None:
        """Send versions that have waited too long to `ingest` again, and name those that are stuck."""
        with ThreadPoolExecutor(THREADS) as pool:
            tries = dict(zip(versions, pool.map(self._reingest_one, versions), strict=True))
        # tries: 1 to 3 -> sent now; 4 -> stuck, and news; 5 -> stuck, and reported before; 0 -> gone
        stuck = [version for version, number in tries.items() if number > TRIES]
        self._newly_stuck = [version for version in stuck if tries[version] <= REPORTED]
        self.findings["files_reingested"] = sum(1 <= number <= TRIES for number in tries.values())
        self.findings["files_stuck"] = list(dict.fromkeys(version.object_key for version in stuck))
        for object_key in self.findings["files_stuck"]:
            log_event("file_stuck", level=logging.ERROR, object_key=object_key, error=STILL_NOT_LOADED)

    def _reingest_one(self, version: SourceVersion) -> int:
        """Return which try this is; 0 if the version is gone, or sending it failed."""
        with self.step("send raw objects again", object_key=version.object_key):
            number = self._reingests.send(version) or 0
            if 1 <= number <= TRIES:
                log_event(
                    "file_reingested", level=logging.WARNING, object_key=version.object_key, tries=number
                )
            return number
        return 0

    def name_missing(self, stores: Sequence[MissingStore]) -> None:
        """Name the stores whose file should have come. Each is news once: in the first sweep after its file was due."""
        self.findings["stores_missing"] = [store.store_name for store in stores]
        last_sweep = self._now - timedelta(minutes=self._settings.sweep_minutes)
        self._newly_missing = [store for store in stores if store.due >= last_sweep]
        for store in stores:
            log_event("store_missing", level=logging.WARNING, store_name=store.store_name, usual=store.usual)

    def report(self) -> None:
        """Send all counts as metrics, and send a notice if there is news on which somebody has to act."""
        figures = self._figures()
        log_event("swept", **figures)
        if figures:
            put_metrics(metrics.of_sweep(figures), self._settings.metrics_namespace)
        usual_times = {store.store_name: store.usual for store in self._newly_missing}
        stores.send(stores.missing(usual_times, self._settings.stage), self._settings)
        if (self._newly_stuck or self._newly_missing) and notices.send(self._notice(), self._settings):
            for version in self._newly_stuck:
                with self.step("note reported files", object_key=version.object_key):
                    self._reingests.note_reported(version)

    def _figures(self) -> dict[str, int]:
        """Return the findings as numbers; those of a step that failed are not among them."""
        return {
            name: finding if isinstance(finding, int) else len(finding)
            for name, finding in self.findings.items()
        }

    def _notice(self) -> Mail:
        stuck, missing = len(self._newly_stuck), len(self._newly_missing)
        return Mail(
            titled(
                self._settings.stage, f"{quantity(stuck, 'file')} stuck, {quantity(missing, 'store')} missing"
            ),
            [*map(_missing_line, self._newly_missing), *map(_stuck_line, self._newly_stuck)],
        )


def _missing_line(store: MissingStore) -> str:
    return (
        f"{escaped(store.store_name)}: missing: no file has come yet;"
        f" on the days before it came by {store.usual:%H:%M} UTC"
    )


def _stuck_line(version: SourceVersion) -> str:
    return (
        f"{escaped(version.object_key)}: stuck: uploaded {version.last_modified:%d/%m/%Y %H:%M} UTC,"
        f" {STILL_NOT_LOADED}"
    )
