"""The values of a column, of which each different text is read once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from chalicelib.reading.csv_blocks import UNDECODABLE
from chalicelib.reading.fields import Fault, Reader

LONGEST: Final = 300
"""Letters of the longest text that a reader is given.

No value has as many. A longer text is read as one character that no reader accepts, so that no pattern takes long.
"""


class _Readings(dict[str, Any]):
    """Values and faults by text: each text is read when it is looked up for the first time."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, text: str) -> Any:
        value = self[text] = self._reader(text if len(text) <= LONGEST else UNDECODABLE)
        return value


@dataclass(frozen=True, slots=True)
class Values:
    """The value or the fault of each row in a column."""

    rows: list[Any]
    bad_places: list[int]
    """The places of the rows with a fault."""

    @classmethod
    def of(cls, texts: Sequence[str], reader: Reader) -> Self:
        """Read the texts of a column."""
        readings = _Readings(reader)
        rows = list(map(readings.__getitem__, texts))
        # A loop in C, which `isinstance` for each value would not be. No class derives from `Fault`.
        has_fault = Fault in map(type, readings.values())
        return cls(rows, _bad_places(rows) if has_fault else [])

    def replaced(self, replacements: Mapping[int, Any]) -> "Values":
        """Return these values, but at some places others, none of which is a fault."""
        rows = list(self.rows)
        for place, value in replacements.items():
            rows[place] = value
        return Values(rows, [place for place in self.bad_places if place not in replacements])


def _bad_places(rows: Sequence[Any]) -> list[int]:
    return [place for place, value in enumerate(rows) if isinstance(value, Fault)]
