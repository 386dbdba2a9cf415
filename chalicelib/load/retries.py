"""When a load request that failed comes back, and how often. Pure; docs/adr/0032 says why.

receives     1    2    3    …   14    15    …   60
minutes      1    2    3    …   14    15    …   dead letters
"""

from typing import Final

STEP: Final = 60
"""Seconds that each receive adds to the delay."""

LONGEST_DELAY: Final = 900
"""Seconds between two attempts, at most. A warehouse that is back gets all requests within this time."""

MOST_RECEIVES: Final = 60
"""Receives after which a request goes to the dead letters: `maxReceiveCount` of the load queue."""

SPARE: Final = 60
"""Seconds between the end of a function's time and the return of messages that it left behind."""


def delay(receives: int) -> int:
    """Return the seconds after which a request that failed at its latest receive comes back."""
    return min(STEP * receives, LONGEST_DELAY)


def retried_for() -> int:
    """Return the seconds for which a request is tried again and again: 13 hours, plus what the attempts take."""
    return sum(map(delay, range(1, MOST_RECEIVES)))


def lifetime(timeout: int) -> int:
    """Return the seconds for which a message is left to a function that may run for `timeout` seconds."""
    return timeout + SPARE
