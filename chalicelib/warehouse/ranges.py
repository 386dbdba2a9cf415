"""Conditions on a column by ranges of values: the engines read only the blocks of a large table that have such values.

As values they prune blocks; as subqueries, Redshift would read the whole table.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from psycopg2.extensions import AsIs, ISQLQuote, adapt

MOST: Final = 8
"""Ranges of a condition."""

Range = tuple[int, int]
"""The first and the last number."""


class Within:
    """A condition in a script: `%(name)s` becomes `(column >= 1 and column <= 3 or …)`, and false without ranges.

    The column's name comes from the code, never from data.
    """

    def __init__(self, column: str, ranges: Iterable[tuple[Any, Any]]) -> None:
        self._column = column
        self._ranges = list(ranges)

    def __conform__(self, protocol: Any) -> Any:
        """Return the condition for the driver."""
        return AsIs(self.condition()) if protocol is ISQLQuote else None

    def condition(self) -> str:
        """Return the condition as SQL."""
        pairs = [
            f"{self._column} >= {_literal(first)} and {self._column} <= {_literal(last)}"
            for first, last in self._ranges
        ]
        return f"({' or '.join(pairs)})" if pairs else "(1 = 0)"


def _literal(value: Any) -> str:
    text: str = adapt(value).getquoted().decode()
    return text


def merged(ranges: Iterable[Range], most: int = MOST) -> list[Range]:
    """Return at most `most` ranges that contain all of these; the smallest gaps between them are closed."""
    # [(1, 2), (2, 5), (7, 8), (900, 900)] and most 2 -> [(1, 8), (900, 900)]
    separate: list[Range] = []
    for first, last in sorted(ranges):
        if separate and first <= separate[-1][1] + 1:
            separate[-1] = separate[-1][0], max(separate[-1][1], last)
        else:
            separate.append((first, last))
    gaps = sorted((after[0] - before[1] for before, after in pairwise(separate)), reverse=True)
    widest = gaps[: most - 1]
    result: list[Range] = []
    for first, last in separate:
        gap = first - result[-1][1] if result else 0
        if result and gap not in widest:
            result[-1] = result[-1][0], last
            continue
        if result:
            widest.remove(gap)
        result.append((first, last))
    return result
