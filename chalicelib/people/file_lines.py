"""The lines of a mail about a file that was refused, or rows of which were rejected. Pure; no row is quoted."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from chalicelib.model import Outcome
from chalicelib.people.advice import advice
from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity

MOST_FAULTS: Final = 10
"""Kinds of mistakes of a file that a mail lists."""

CORRECT_ROWS: Final = (
    "Correct these rows, and upload the whole file again under the same name. Sales that are loaded already do not"
    " count twice."
)


class FaultCount(NamedTuple):
    """Rejected rows of a file with the same mistake; a row of `sql/queries/faults.sql`."""

    file_id: int
    sentence: str
    rows: int
    first_line: int


class File(NamedTuple):
    """What a mail says of a file that was refused, or of which rows were rejected."""

    file_id: int
    object_key: str
    store_name: str
    """The one store of its rows; empty if it has rows of several, or is refused."""
    rows_read: int
    rows_rejected: int
    reason: str
    """The code of a refusal; empty if the file is loaded."""
    sentence: str
    remarks: str

    @classmethod
    def of(cls, outcome: Outcome) -> "File":
        """Return the file of an outcome."""
        request = outcome.request
        return cls(
            outcome.file_id,
            request.source.object_key,
            request.store_name,
            request.rows_read,
            request.rows_rejected,
            outcome.reason,
            outcome.sentence,
            outcome.remarks,
        )


def refused_lines(object_key: str, reason: str, sentence: str, remarks: str = "") -> list[str]:
    """Return the lines on a refused file: its name, the reason, and what to do."""
    return [
        escaped(object_key),
        f"  refused: {' '.join(filter(None, [sentence, remarks]))}",
        f"  What to do: {advice(reason)}",
    ]


def rejected_lines(file: File, faults: Iterable[FaultCount]) -> list[str]:
    """Return the lines on a file with rejected rows: how many, which mistakes they have, and what to do."""
    of_file = sorted(
        (fault for fault in faults if fault.file_id == file.file_id),
        key=lambda fault: (-fault.rows, fault.first_line, fault.sentence),
    )
    return [
        f"{escaped(file.object_key)}: {file.rows_rejected:,} of {quantity(file.rows_read, 'row')} rejected",
        *(f"  {_place(fault)}: {fault.sentence}" for fault in of_file[:MOST_FAULTS]),
        *_rest(file, of_file),
        f"  What to do: {CORRECT_ROWS}",
    ]


def _place(fault: FaultCount) -> str:
    if fault.rows == 1:
        return f"line {fault.first_line:,}"
    return f"{quantity(fault.rows, 'row')}, the first in line {fault.first_line:,}"


def _rest(file: File, faults: Sequence[FaultCount]) -> list[str]:
    """Return a line on the rejected rows that are not listed: the warehouse keeps the first ones of a file."""
    rest = file.rows_rejected - sum(fault.rows for fault in faults[:MOST_FAULTS])
    return [f"  and {quantity(rest, 'more row')}"] if rest > 0 and faults else []
