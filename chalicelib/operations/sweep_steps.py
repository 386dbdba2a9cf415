"""The steps of one sweep, its findings, and the notice of those that are news."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import is_gone
from chalicelib.errors import AwsUnreachableError, TransientError
from chalicelib.log import log_event, put_metrics
from chalicelib.model import SourceVersion
from chalicelib.operations import checks
from chalicelib.operations.checks import MissingStore
from chalicelib.operations.reingests import REPORTED, TRIES, Reingests
from chalicelib.operations.waiting import WaitingVersion
from chalicelib.people import metrics, notices, stores
from chalicelib.settings import Settings
from chalicelib.storage.raw_tags import RawTags
from chalicelib.warehouse.connection import Warehouse

STILL_NOT_LOADED: Final = f"sent again {TRIES} times and still not loaded"

THREADS: Final = 8
"""Raw objects that are checked at a time; each waits for S3 most of the time."""


class Sweep:
    """One sweep: its findings, which of them are news, and the steps that failed."""

    def __init__(self, settings: Settings, now: datetime, tags: RawTags) -> None:
        self._settings = settings
        self._now = now
        self._tags = tags
        self._reingests = Reingests(tags, settings.ingest_function)
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

    def look_at(self, versions: Sequence[SourceVersion]) -> list[WaitingVersion]:
        """Return the versions that are still there, with their tags."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(filter(None, pool.map(self._look_at_one, versions)))

    def _look_at_one(self, version: SourceVersion) -> WaitingVersion | None:
        with self.step("find waiting files", object_key=version.object_key):
            try:
                return WaitingVersion(version, self._tags.read(version))
            except ClientError as exc:
                if not is_gone(exc):
                    raise
        return None

    def not_refused(self, waiting: Sequence[WaitingVersion], warehouse: Warehouse) -> list[SourceVersion]:
        """Return the versions that the ledger does not refuse; tag those that it does, if a load could not."""
        # The ledger comes last, so that a file refused since the listing is among its refusals.
        refusals = checks.Refusals(warehouse)
        for item in waiting:
            if item.version in refusals and not item.is_refused:
                with self.step("tag refused files", object_key=item.version.object_key):
                    self._tags.note_refused(item.version)
        return [item.version for item in waiting if item.version not in refusals]

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

    def check_stores(self, warehouse: Warehouse, *, is_daily: bool) -> None:
        """Name the missing stores, and count suspect sales.

        A daily check is on yesterday, and nobody gets a mail of it: in that minute the summary tells everybody.
        """
        with self.step("find missing stores"):
            if is_daily:
                self._name_missing(checks.stores_missing_yesterday(warehouse, self._now), is_news=False)
            else:
                wait = timedelta(minutes=self._settings.load_minutes)
                self._name_missing(checks.missing_stores(warehouse, self._now, wait), is_news=True)
        with self.step("count suspect sales"):
            self.findings["suspect_sales"] = checks.suspect_sales(warehouse)

    def _name_missing(self, stores: Sequence[MissingStore], *, is_news: bool) -> None:
        """Name the stores whose file should have come. Each is news once: in the first sweep after its file was due."""
        self.findings["stores_missing"] = [store.store_name for store in stores]
        last_sweep = self._now - timedelta(minutes=self._settings.sweep_minutes)
        self._newly_missing = [store for store in stores if is_news and store.due >= last_sweep]
        for store in stores:
            log_event("store_missing", level=logging.WARNING, store_name=store.store_name, usual=store.usual)

    def report(self) -> None:
        """Send all counts as metrics, and send a notice if there is news on which somebody has to act."""
        figures = self._figures()
        log_event("swept", **figures)
        if figures:
            put_metrics(metrics.of_sweep(figures), self._settings.metrics_namespace)
        stage = self._settings.stage
        usual_times = {store.store_name: store.usual for store in self._newly_missing}
        stores.send(stores.missing(usual_times, stage), self._settings)
        if not (self._newly_stuck or usual_times):
            return
        notice = notices.of_sweep(usual_times, self._newly_stuck, STILL_NOT_LOADED, stage=stage)
        if notices.send(notice, self._settings):
            for version in self._newly_stuck:
                with self.step("note reported files", object_key=version.object_key):
                    self._reingests.note_reported(version)

    def _figures(self) -> dict[str, int]:
        """Return the findings as numbers; those of a step that failed are not among them."""
        return {
            name: finding if isinstance(finding, int) else len(finding)
            for name, finding in self.findings.items()
        }
