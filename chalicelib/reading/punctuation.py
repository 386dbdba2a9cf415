"""The signs of a file of sales: what separates its columns, and what stands before the pence of an amount. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""The signs besides the comma that may separate columns, in words for people."""


@dataclass(frozen=True, slots=True)
class Punctuation:
    """The signs of a file, which are the same in all its rows."""

    separator: str = ","
    has_decimal_commas: bool = False
    """Whether amounts are written like `4,60`, which only a file with another separator may do."""

    def __str__(self) -> str:
        """Return it in words for people; empty for commas between columns, which are usual."""
        if self.separator not in SEPARATORS:
            return ""
        decimals = ", decimal commas" if self.has_decimal_commas else ""
        return f"columns separated by {SEPARATORS[self.separator]}{decimals}"


COMMAS: Final = Punctuation()


def is_declaration(row: Sequence[str]) -> bool:
    """Tell whether a row is the line `sep=;`, which says to Excel what separates the columns, cut at this sign."""
    return [cell.strip().casefold() for cell in row] == ["sep=", ""]
