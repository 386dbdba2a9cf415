"""The summary: every morning it writes the report of the day before, and mails it to head office and to each store."""

import logging
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.errors import RequestError
from chalicelib.log import log_event, put_metrics
from chalicelib.operations.summary_queries import Window, morning
from chalicelib.people import metrics, notices, stores, summaries
from chalicelib.people.report.day_report import day_report
from chalicelib.people.summaries import State
from chalicelib.settings import Settings
from chalicelib.storage.reports import Reports
from chalicelib.warehouse.connection import Warehouse

TIMEOUT: Final = 300
"""Seconds that the function has. A mail to each of a thousand stores takes two minutes."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Sum up the day before today, in UTC, or the event's `day`, such as `2021-08-25`."""
    return summarise(Settings.from_environment(), _day(event))


def _day(event: dict[str, Any]) -> date:
    text = event.get("day")
    if text is None:
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except (TypeError, ValueError):
        raise RequestError("A summary's day must be written like 2021-08-25.") from None
    if day <= date.min + timedelta(weeks=5) or day == date.max:
        raise RequestError(f"There is no summary of {day}.")
    return day


def summarise(settings: Settings, day: date) -> dict[str, Any]:
    """Write the report of a day, and send all mails; return what was found and sent.

    A report that fails is logged, and the mails are sent nevertheless.
    """
    with closing(Warehouse.from_settings(settings, timeout=TIMEOUT)) as warehouse:
        with warehouse.snapshot():
            this = morning(warehouse, Window.of(day, settings.summary_hour))
        report = _written_report(warehouse, day, settings)
    notices.send(summaries.to_head_office(this, settings.stage, report), settings)
    findings: dict[str, Any] = {
        "day": str(day),
        "report": report,
        "stores_sold": len(this.of(State.SOLD)),
        "stores_missing": [store.store_name for store in this.of(State.MISSING)],
        "files_to_correct": len(this.files),
        "mails_to_stores": stores.send(summaries.to_stores(this, settings.stage), settings),
    }
    log_event("summarised", **findings | {"stores_missing": len(this.of(State.MISSING))})
    return findings


def _written_report(warehouse: Warehouse, day: date, settings: Settings) -> str:
    """Return the address of the day's report in S3; empty if it could not be written."""
    try:
        return Reports(client("s3", settings.account), settings.processed_bucket).write(
            day, day_report(warehouse, day)
        )
    except Exception as exc:  # noqa: BLE001 - the mails are needed all the more then
        log_event("report_failed", level=logging.ERROR, call="day_report", error=type(exc).__name__)
        put_metrics({metrics.REPORTS_FAILED: 1}, settings.metrics_namespace)
        return ""
