"""The sweep: every quarter of an hour it looks for what no event tells of.

What fails keeps nothing else from being done; at the end the sweep fails for it, so that somebody looks.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.errors import RequestError
from chalicelib.model import SourceVersion
from chalicelib.operations import checks
from chalicelib.operations.checks import MissingStore
from chalicelib.operations.leftovers import NAMED, TRIES, RawObjects, remove_parts
from chalicelib.people.notices import LINES, log_event, tell
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Storage
from chalicelib.warehouse.connection import Warehouse

MINUTES: Final = 15
"""What a raw object is given to be loaded."""

TIMEOUT: Final = 120
"""Seconds that the warehouse is given; the function has more."""

THREADS: Final = 8
"""Raw objects that are looked at at a time; each waits for S3 most of the time."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Sweep once; return what was found. `minutes` of the event are what raw objects are given to be loaded."""
    minutes = event.get("minutes", MINUTES)
    if not isinstance(minutes, int | float) or minutes < 0:
        raise RequestError("A sweep's minutes are a number, and not below 0.")
    return sweep(Settings.from_environment(), now=datetime.now(UTC).replace(tzinfo=None), minutes=minutes)


def sweep(settings: Settings, *, now: datetime, minutes: float = MINUTES) -> dict[str, Any]:
    """Do every step at a time of UTC, tell people what is news to them, and return what was found.

    Raise an `ExceptionGroup` of what failed when all else is done.
    """
    this = Sweep(settings, now)
    with this.step("remove parts"):
        this.found["parts_removed"] = remove_parts(settings.processed_bucket, settings.load_queue, now)
    with this.step("reach the warehouse"), closing(_connected(settings)) as warehouse:
        with this.step("send raw objects again"):
            this.send_again(_waiting(settings, warehouse, now - timedelta(minutes=minutes)))
        with this.step("find missing stores"):
            this.name_missing(checks.missing_stores(warehouse, now))
        with this.step("count suspect sales"):
            this.found["suspect_sales"] = checks.suspect_sales(warehouse)
    this.report()
    if this.failures:
        told = "; ".join(str(exc) for exc in this.failures)
        raise ExceptionGroup(f"Not all of the sweep could be done: {told}", this.failures)
    return this.found


def _connected(settings: Settings) -> Warehouse:
    return Warehouse.connect(settings.warehouse, timeout=TIMEOUT)


def _waiting(settings: Settings, warehouse: Warehouse, before: datetime) -> list[SourceVersion]:
    """Return the raw versions that are as old as that and not refused; folder markers are no files."""
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    old = [
        version
        for version in storage.raw_versions()
        if version.last_modified <= before and not version.object_key.endswith("/")
    ]
    refused = checks.Refusals(warehouse)  # asked last: what was refused since is in it
    return [version for version in old if version not in refused]


class Sweep:
    """One sweep: what it found, what of that is news, and what failed."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._raw = RawObjects(client("s3"), settings.raw_bucket, settings.ingest_function)
        self._newly_stuck: list[SourceVersion] = []
        self._newly_missing: list[MissingStore] = []
        self.found: dict[str, Any] = {}
        self.failures: list[Exception] = []

    @contextmanager
    def step(self, name: str, **about: str) -> Iterator[None]:
        """Log what fails inside and go on after it."""
        try:
            yield
        except Exception as exc:  # noqa: BLE001 - raised in the end
            log_event("sweep_failed", level=logging.ERROR, step=name, **about, error=exc)
            self.failures.append(exc)

    def send_again(self, versions: Sequence[SourceVersion]) -> None:
        """Send what waits for too long to `ingest`, and name what is stuck."""
        with ThreadPoolExecutor(THREADS) as pool:
            tries = dict(zip(versions, pool.map(self._try_again, versions), strict=True))
        stuck = [version for version, number in tries.items() if number > TRIES]
        self._newly_stuck = [version for version in stuck if tries[version] <= NAMED]
        self.found["files_resent"] = sum(1 <= number <= TRIES for number in tries.values())
        self.found["files_stuck"] = list(dict.fromkeys(version.object_key for version in stuck))
        for object_key in self.found["files_stuck"]:
            log_event("file_stuck", level=logging.ERROR, object_key=object_key)

    def _try_again(self, version: SourceVersion) -> int:
        """Return which try this is; 0 if there is nothing to try, or it failed."""
        with self.step("send raw objects again", object_key=version.object_key):
            number = self._raw.send_again(version) or 0
            if 1 <= number <= TRIES:
                log_event("file_resent", level=logging.WARNING, object_key=version.object_key, tries=number)
            return number
        return 0

    def name_missing(self, stores: Sequence[MissingStore]) -> None:
        """Name the stores whose file should be here; it is news once, by the sweep that comes next."""
        self.found["stores_missing"] = [store.store_name for store in stores]
        self._newly_missing = [
            store
            for store in stores
            if store.due >= self._now - timedelta(minutes=self._settings.sweep_minutes)
        ]
        for store in stores:
            log_event("store_missing", level=logging.WARNING, store_name=store.store_name, usual=store.usual)

    def report(self) -> None:
        """Count everything, and send a notice if somebody has to do something that nobody was told yet."""
        log_event("swept", **self.figures())
        metrics = [
            {"MetricName": name.title().replace("_", ""), "Value": value, "Unit": "Count"}
            for name, value in self.figures().items()
        ]
        if metrics:
            tell(
                "cloudwatch",
                "put_metric_data",
                Namespace=self._settings.metrics_namespace,
                MetricData=metrics,
            )
        if (self._newly_stuck or self._newly_missing) and self._notify():
            for version in self._newly_stuck:
                with self.step("note what was named", object_key=version.object_key):
                    self._raw.note_as_named(version)

    def figures(self) -> dict[str, int]:
        """Return what was found as numbers; what a step that failed would have found is not there."""
        return {name: found if isinstance(found, int) else len(found) for name, found in self.found.items()}

    def _notify(self) -> bool:
        lines = [
            *(f"{store.store_name}: {_missing(store)}" for store in self._newly_missing),
            *(f"{version.object_key}: {_stuck(version)}" for version in self._newly_stuck),
        ]
        more = [f"… and {len(lines) - LINES} more."] if len(lines) > LINES else []
        return tell(
            "sns",
            "publish",
            TopicArn=self._settings.notice_topic,
            Subject=f"Cafe ETL: {len(self._newly_stuck)} files stuck, {len(self._newly_missing)} stores missing",
            Message="\n".join([*lines[:LINES], *more]),
        )


def _stuck(version: SourceVersion) -> str:
    return f"stuck: uploaded {version.last_modified:%d/%m/%Y %H:%M} UTC, sent again {TRIES} times and still not loaded"


def _missing(store: MissingStore) -> str:
    return f"missing: no file today; on the days before it was here by {store.usual:%H:%M} UTC"
