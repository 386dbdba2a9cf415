"""The values of a column, of which each different text is read once. Pure."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from chalicelib.reading.csv_blocks import UNDECODABLE
from chalicelib.reading.csv_rows import Integers, Objects
from chalicelib.reading.fields import Fault, Reader

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]

LONGEST: Final = 300
"""Letters of the longest text that a reader is given.

No value has as many. A longer text is read as one character that no reader accepts, so that no pattern takes long.
"""


@dataclass(frozen=True)
class Values:
    """The values of a column: a code for each row, and for each code a value or a fault.

    ["Leeds", "York", "Leeds"] -> codes [0, 1, 0], distinct ["Leeds", "York"]
    """

    codes: Codes
    distinct: Objects
    is_bad: Flags
    """Which rows have a fault."""

    @classmethod
    def of(cls, cells: Objects, reader: Reader) -> Self:
        """Read the cells of a column."""
        return cls.of_codes(*pd.factorize(cells), reader)

    @classmethod
    def of_codes(cls, codes: Codes, texts: Objects, reader: Reader) -> Self:
        """Read the different texts of a column; `codes` has the place of each row's text among them."""
        distinct = np.empty(len(texts), dtype=object)
        is_short = max(map(len, texts), default=0) <= LONGEST
        short_texts = texts if is_short else [text if len(text) <= LONGEST else UNDECODABLE for text in texts]
        distinct[:] = list(map(reader, short_texts))
        is_fault = np.fromiter(
            (isinstance(value, Fault) for value in distinct), dtype=np.bool_, count=len(distinct)
        )
        return cls(codes, distinct, is_fault[codes])

    def fault(self, place: int) -> Fault:
        """Return the fault of a row that has one."""
        fault: Fault = self.distinct[self.codes[place]]
        return fault

    @property
    def rows(self) -> Objects:
        """The value or fault of each row."""
        return self.distinct[self.codes]

    @property
    def numbers(self) -> Integers:
        """The value of each row of a column of numbers; 0 in place of a fault."""
        numbers: list[Any] = [0 if isinstance(value, Fault) else value for value in self.distinct]
        return np.array(numbers, dtype=np.int64)[self.codes]

    def replaced(self, is_replaced: Flags, replacement: Self) -> "Values":
        """Return these values, but for some rows those of the replacement, none of which is a fault."""
        # Both lists of distinct values are joined, so the replacement's codes begin where these end:
        # distinct [5, 7] and [9], codes [0, 1, 1] and [0, 0, 0], the last row replaced
        # -> distinct [5, 7, 9], codes [0, 1, 2]
        codes = np.where(is_replaced, replacement.codes + len(self.distinct), self.codes)
        distinct = np.concatenate((self.distinct, replacement.distinct))
        return Values(codes, distinct, self.is_bad & ~is_replaced)
