"""The times at which EventBridge invokes functions, in UTC. Pure; infra/template.yaml has the same for a stack.

`summarise` runs at an hour; `sweep` every few minutes, from that minute on; `load` when a request comes or, if it costs
less, at times of day. One of these is always ten minutes before the summary, so that a morning's mails are complete.
"""

from collections.abc import Collection, Mapping
from typing import Final

from chalicelib.errors import SettingsError

HOUR: Final = 60
HOURS: Final = 24

SWEEP_MINUTES: Final = (5, 10, 15, 20, 30, 60)
"""The times between two sweeps that may be chosen: each divides an hour."""

AT_ONCE: Final = 0
"""The value of LOAD_MINUTES with which each request is loaded when it comes."""

LOAD_MINUTES: Final = (AT_ONCE, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440)
"""The times between two loads that may be chosen: each divides a day. 240 minutes are six times a day."""

BEFORE_SUMMARY: Final = 10
"""Minutes from the last load to the summary."""


def sweep(environment: Mapping[str, str]) -> str:
    """Return the schedule of `sweep`."""
    # 15 -> "cron(0/15 * * * ? *)", which is :00, :15, :30 and :45
    return f"cron({_steps(0, sweep_minutes(environment), HOUR)} * * * ? *)"


def summary(environment: Mapping[str, str]) -> str:
    """Return the schedule of `summarise`."""
    return f"cron(0 {summary_hour(environment)} * * ? *)"


def load(environment: Mapping[str, str]) -> str:
    """Return the schedule of `load`; empty if each request is loaded at once."""
    minutes = load_minutes(environment)
    if minutes == AT_ONCE:
        return ""
    minute, hour = HOUR - BEFORE_SUMMARY, (summary_hour(environment) - 1) % HOURS
    # 15 -> "cron(5/15 * * * ? *)"; 240 -> "cron(50 2/4 * * ? *)", which is 2:50, 6:50 and so on until 22:50
    if minutes < HOUR:
        return f"cron({_steps(minute, minutes, HOUR)} * * * ? *)"
    return f"cron({minute} {_steps(hour, minutes // HOUR, HOURS)} * * ? *)"


def _steps(within: int, step: int, whole: int) -> str:
    """Return the field of a cron expression for all steps of an hour or a day that hit one of its parts."""
    if step == 1:
        return "*"
    first = within % step
    return str(first) if step == whole else f"{first}/{step}"


def sweep_minutes(environment: Mapping[str, str]) -> int:
    """Return the minutes between two sweeps; raise `SettingsError` for any that are not in `SWEEP_MINUTES`."""
    return _one_of(environment, "SWEEP_MINUTES", SWEEP_MINUTES, 15)


def load_minutes(environment: Mapping[str, str]) -> int:
    """Return the minutes between two loads; raise `SettingsError` for any that are not in `LOAD_MINUTES`."""
    return _one_of(environment, "LOAD_MINUTES", LOAD_MINUTES, AT_ONCE)


def summary_hour(environment: Mapping[str, str]) -> int:
    """Return the hour of the summary; raise `SettingsError` if it is not one of a day."""
    value = environment.get("SUMMARY_HOUR", "").strip() or "7"
    if not (value.isascii() and value.isdecimal()) or int(value) >= HOURS:
        raise SettingsError(f"The environment variable SUMMARY_HOUR is not an hour from 0 to {HOURS - 1}.")
    return int(value)


def _one_of(environment: Mapping[str, str], name: str, choices: Collection[int], default: int) -> int:
    value = environment.get(name, "").strip() or str(default)
    if value not in map(str, choices):
        raise SettingsError(
            f"The environment variable {name} is not one of these minutes: {', '.join(map(str, choices))}."
        )
    return int(value)
