"""Failures that a test asks for: the next statement of a kind conflicts, is cancelled, denied, or cut off."""

import threading
from enum import Enum
from typing import Final

from local.redshift.refusals import Refusal


class Fault(Enum):
    """What happens to a statement instead of its execution."""

    CONFLICT = Refusal("could not serialize access due to concurrent update", "40001")
    """The session turns it into Redshift's error 1023."""

    CANCELED = Refusal("Query cancelled on user's request", "57014")
    DENIED = Refusal("permission denied for relation load_lock", "42501")
    CUT = Refusal("The connection ends without an answer.", "")


class Faults:
    """The faults that are still to come. Several sessions take from them."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._planned: list[tuple[str, Fault]] = []

    def plan(self, fault: Fault, *, before: str = "") -> None:
        """Have a fault instead of the next statement, of any session, that contains a text in its normalised form."""
        with self._lock:
            self._planned.append((before, fault))

    def take(self, statement: str) -> Fault | None:
        """Return the fault that is planned for a statement, which then happens only once."""
        with self._lock:
            for planned in self._planned:
                if planned[0] in statement:  # "" is in every statement
                    self._planned.remove(planned)
                    return planned[1]
        return None
