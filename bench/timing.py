"""Seconds of a piece of work."""

import time
from collections.abc import Callable, Mapping, Sequence


def seconds(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def without_warm_up(times: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Leave out the first round, which only warms up caches and connections."""
    return {name: list(measured[1:]) for name, measured in times.items()}
