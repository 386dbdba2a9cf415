"""Schedules of EventBridge, read by the rules of its documentation: numbers, `*`, and steps such as `5/15`."""

import re
from datetime import datetime


def is_due(expression: str, at: datetime) -> bool:
    """Tell whether a cron expression that repeats each day names this minute."""
    match = re.fullmatch(r"cron\((\S+) (\S+) \* \* \? \*\)", expression)
    assert match, expression
    return at.minute in _values(match[1], 60) and at.hour in _values(match[2], 24)


def _values(field: str, size: int) -> range:
    """Return what a field names: 5/15 of an hour is 5, 20, 35 and 50."""
    if field == "*":
        return range(size)
    first, _, step = field.partition("/")
    assert 0 <= int(first) < size, field
    return range(int(first), size, int(step)) if step else range(int(first), int(first) + 1)
