"""The words of a probe: a question, what it needs, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.probe.sessions import Probe


class Verdict(StrEnum):
    """The first word of a line. Only `fail` makes the command fail; `skip` is not a pass."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"
    INFO = "info"


class Need(Enum):
    """A condition of a question, with the reason that stands in the line of a question that is skipped."""

    REDSHIFT = "only Redshift has it"
    ADMIN = "it needs an administrator: set --admin-secret"
    BUCKET = "it needs --bucket, and on Redshift --copy-role"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, with the details in a few words."""

    verdict: Verdict
    details: str


Ask = Callable[["Probe"], Finding]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the warehouse. If its function raises an error, the answer is `fail`."""

    name: str
    """The claim, such as `A VARCHAR counts bytes`. The line passes if the claim holds."""

    ask: Ask

    decides: str
    """The document that relies on the claim, such as `ADR 2` or `docs/scaling.md`."""

    otherwise: str
    """A sentence that says what to change if the claim does not hold."""

    needs: tuple[Need, ...] = ()

    is_information: bool = False
    """True for a figure that nobody can call right or wrong. If it cannot be read, the question is skipped."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what was found."""

    question: Question
    finding: Finding


def judged(holds: bool, details: str) -> Finding:  # noqa: FBT001 - the verdict is the point
    """Return `pass` if a claim holds, else `fail`."""
    return Finding(Verdict.PASS if holds else Verdict.FAIL, details)
