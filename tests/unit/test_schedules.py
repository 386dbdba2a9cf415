"""The times at which functions run."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib import schedules
from chalicelib.errors import SettingsError
from tests.support.cron import is_due

DAY = [datetime(2024, 5, 1) + timedelta(minutes=minute) for minute in range(24 * 60)]  # noqa: DTZ001 - in UTC


def times(expression: str) -> list[str]:
    """Return the times of a day at which a schedule is due."""
    return [f"{at:%H:%M}" for at in DAY if is_due(expression, at)]


def load(minutes: int, hour: int = 7) -> str:
    return schedules.load({"LOAD_MINUTES": str(minutes), "SUMMARY_HOUR": str(hour)})


def test_six_loads_a_day_end_ten_minutes_before_the_summary() -> None:
    assert times(load(240)) == ["02:50", "06:50", "10:50", "14:50", "18:50", "22:50"]
    assert times(load(240, hour=6)) == ["01:50", "05:50", "09:50", "13:50", "17:50", "21:50"]


@pytest.mark.parametrize("minutes", [choice for choice in schedules.LOAD_MINUTES if choice])
@pytest.mark.parametrize("hour", range(24))
def test_loads_are_evenly_spread_and_one_comes_before_each_summary(minutes: int, hour: int) -> None:
    due = [at for at in DAY if is_due(load(minutes, hour), at)]

    assert len(due) == 24 * 60 / minutes
    assert {later - earlier for earlier, later in pairwise(due)} <= {timedelta(minutes=minutes)}
    assert f"{(hour - 1) % 24:02}:50" in times(load(minutes, hour))


def test_without_minutes_files_are_loaded_at_once() -> None:
    assert (
        schedules.load({})
        == schedules.load({"LOAD_MINUTES": "0"})
        == schedules.load({"LOAD_MINUTES": ""})
        == ""
    )


@pytest.mark.parametrize("minutes", schedules.SWEEP_MINUTES)
def test_a_sweep_runs_in_the_summarys_minute(minutes: int) -> None:
    """So both pay for one minute of the warehouse."""
    due = times(schedules.sweep({"SWEEP_MINUTES": str(minutes)}))

    assert len(due) == 24 * 60 / minutes
    assert {f"{hour:02}:00" for hour in range(24)} <= set(due)
    assert times(schedules.summary({})) == ["07:00"]


@pytest.mark.parametrize(
    ("schedule", "name", "value"),
    [
        (schedules.load, "LOAD_MINUTES", "7"),
        (schedules.load, "LOAD_MINUTES", "-1"),
        (schedules.load, "LOAD_MINUTES", "1.0"),
        (schedules.load, "LOAD_MINUTES", "hourly"),
        (schedules.sweep, "SWEEP_MINUTES", "0"),
        (schedules.sweep, "SWEEP_MINUTES", "45"),
        (schedules.summary, "SUMMARY_HOUR", "24"),
        (schedules.summary, "SUMMARY_HOUR", "\u0667"),
    ],
)
def test_other_times_are_refused_with_a_sentence(
    schedule: Callable[[dict[str, str]], str], name: str, value: str
) -> None:
    """They would not hit every day alike."""
    with pytest.raises(SettingsError, match=rf"^The environment variable {name} is not .*\d\.$"):
        schedule({name: value})
