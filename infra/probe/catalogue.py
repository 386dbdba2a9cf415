"""All questions, in the order in which they are asked: what everything else relies on comes first."""

from typing import Final

from infra.probe.model import Question
from infra.probe.questions import (
    commits,
    connections,
    copies,
    failures,
    locks,
    meanings,
    pruning,
    scripts,
    usage,
    users,
)

QUESTIONS: Final[tuple[Question, ...]] = tuple(
    question
    for module in (
        connections,
        locks,
        failures,
        users,
        meanings,
        copies,
        commits,
        scripts,
        pruning,
        usage,
    )
    for question in module.QUESTIONS
)
