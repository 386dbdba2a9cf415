"""The memory of functions that read one text. Pure."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

TEXTS: Final = 2**16
"""The number of values that a function remembers; no function remembers customers."""

LONGEST: Final = 256
"""Letters of the longest text that is remembered.

Dates, amounts and items are shorter. A file may have fields of 131,072 letters: 2**16 of these would be 8 GB.
"""

Value = TypeVar("Value")
Read = Callable[[str], Value]


def remembered(texts: int = TEXTS) -> Callable[[Read[Value]], Read[Value]]:
    """Return a decorator that lets a function remember its values for short texts; long ones are read each time."""

    def decorated(read: Read[Value]) -> Read[Value]:
        cached = lru_cache(texts)(read)

        @wraps(read)
        def read_or_remember(text: str) -> Value:
            return cached(text) if len(text) <= LONGEST else read(text)

        return read_or_remember

    return decorated
