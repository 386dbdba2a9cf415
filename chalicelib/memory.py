"""The memory of functions: the values that they have returned. Pure."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

TEXTS: Final = 2**16
"""The number of values that a function remembers. Those that read customers' names remember nothing."""

LONGEST: Final = 256
"""Letters of the longest text that is remembered.

Dates, amounts and items are shorter. A file may have fields of 131,072 letters: 2**16 of these would be 8 GB.
"""

Argument = TypeVar("Argument")
Value = TypeVar("Value")
Function = Callable[[Argument], Value]


class _Memory(dict[Any, Any]):
    """The values of a function by its argument: each is computed when it is looked up for the first time."""

    def __init__(self, function: Function[Any, Any], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, argument: Any) -> Any:
        value = self._function(argument)
        if isinstance(argument, str) and len(argument) > LONGEST:
            return value
        if len(self) >= self._most:
            self.clear()
        self[argument] = value
        return value


def remembered(most: int = TEXTS) -> Callable[[Function[Argument, Value]], Function[Argument, Value]]:
    """Return a decorator that lets a function of one argument remember its values, but not those for long texts.

    Unlike `lru_cache`, it keeps no order of the look-ups, which would take longer than these. So when there are too
    many values, it forgets them all.
    """

    def decorated(function: Function[Argument, Value]) -> Function[Argument, Value]:
        return _Memory(function, most).__getitem__

    return decorated
