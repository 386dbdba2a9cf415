"""How often a day wakes the warehouse: Redshift Serverless bills a minute at least, each time that it is queried.

The day is simulated: S3's clock and the sweep's are the test's. Connections and statements are real ones, to a real
PostgreSQL, counted at the driver. Statements that follow one another within a minute are one wake.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name

from chalicelib import schedules
from chalicelib.load import drain, transaction
from chalicelib.load import handler as load_handler
from chalicelib.operations.summary import summarise
from chalicelib.operations.sweep import sweep
from chalicelib.settings import Settings
from tests.support.cron import is_due
from tests.support.pipeline import Pipeline, csv_of, sale
from tests.support.s3_clock import Clock

MIDNIGHT = datetime(2024, 5, 2)  # noqa: DTZ001 - in UTC, as all times of the ledger
HOURS = {
    0: "Leeds",
    3: "York",
    5: "Bath",
    8: "Wells",
    9: "Ely",
    12: "Ripon",
    13: "Truro",
    16: "Derby",
    19: "Poole",
    21: "Luton",
}
"""The hours in which ten stores close and send their files, at 20 past: some before each of six loads."""

MINUTE = timedelta(minutes=1)


class Day:
    """A day of a stage, minute by minute."""

    def __init__(self, pipeline: Pipeline, clock: Clock) -> None:
        self.pipeline = pipeline
        self.clock = clock
        self.statements: list[datetime] = []
        """The simulated time of each statement that reached the warehouse."""

    def run(self) -> None:
        """Let stores send their files, and let the schedules invoke the functions, as EventBridge would."""
        settings = Settings.from_environment()
        environment = {
            "LOAD_MINUTES": str(settings.load_minutes),
            "SWEEP_MINUTES": str(settings.sweep_minutes),
            "SUMMARY_HOUR": str(settings.summary_hour),
        }
        times = schedules.load(environment)
        for minute in range(24 * 60):
            now = self.clock.now = MIDNIGHT + minute * MINUTE
            if now.minute == 20 and now.hour in HOURS:
                self._upload(HOURS[now.hour], at_once=not times)
            if times and is_due(times, now):
                assert load_handler.handle({"detail-type": "Scheduled Event"})["failed"] == 0
            if is_due(schedules.sweep(environment), now):
                assert sweep(settings, now=now, is_scheduled=True)["files_stuck"] == []
            if is_due(schedules.summary(environment), now):
                summarise(settings, now.date() - timedelta(days=1))

    def _upload(self, store: str, *, at_once: bool) -> None:
        self.pipeline.ingest(self.pipeline.put(f"{store}.csv", csv_of(sale(store=store))))
        if at_once:
            assert self.pipeline.load(self.pipeline.take()) == []

    def wakes(self) -> list[datetime]:
        """Return the times at which the warehouse woke."""
        gaps = zip([MIDNIGHT - 2 * MINUTE, *self.statements], self.statements, strict=False)
        return [later for earlier, later in gaps if later - earlier > MINUTE]


@pytest.fixture
def day(pipeline: Pipeline, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """Return a day before which a file was refused, and waits."""
    day = Day(pipeline, clock)

    class Watched(Cursor):
        def execute(self, *arguments: Any) -> None:
            day.statements.append(clock.now)
            super().execute(*arguments)

        def copy_expert(self, *arguments: Any) -> None:
            day.statements.append(clock.now)
            super().copy_expert(*arguments)

    connect = psycopg2.connect
    clock.now = MIDNIGHT - timedelta(hours=12)
    pipeline.run(refused=b"no sales\n")
    transaction.disconnect()
    monkeypatch.setattr(drain, "WAIT_SECONDS", 0)
    monkeypatch.setattr(psycopg2, "connect", lambda **arguments: connect(**arguments, cursor_factory=Watched))
    yield day
    transaction.disconnect()


@pytest.mark.parametrize(
    ("load_minutes", "checks", "wakes"),
    [
        ("240", "daily", 7),  # six loads, and one minute of summary and sweep
        ("0", "daily", 11),  # ten files, and that minute
        ("0", "always", 106),  # ten files and 96 sweeps
    ],
)
def test_ten_stores_in_ten_hours_wake_the_warehouse(
    day: Day, monkeypatch: pytest.MonkeyPatch, load_minutes: str, checks: str, wakes: int
) -> None:
    """With the defaults of a new stage it is woken eight times at most. docs/costs.md has these figures, too."""
    monkeypatch.setenv("LOAD_MINUTES", load_minutes)
    monkeypatch.setenv("WAREHOUSE_CHECKS", checks)

    day.run()

    assert len(day.wakes()) == wakes
    assert sum(wake.hour == 7 and wake.minute == 0 for wake in day.wakes()) == 1
    statuses = list(day.pipeline.statuses().values())
    assert sorted(statuses) == ["loaded"] * len(HOURS) + ["refused"]
