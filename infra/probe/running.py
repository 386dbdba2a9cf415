"""Asks questions one after another. An error is the answer to one question, and never the end of the others."""

from collections.abc import Iterable, Iterator

from chalicelib.errors import CafeEtlError
from infra.probe.model import Answer, Finding, Question, Verdict
from infra.probe.sessions import Probe


def answers(questions: Iterable[Question], probe: Probe) -> Iterator[Answer]:
    """Yield the answer to each question as soon as there is one."""
    for question in questions:
        try:
            yield Answer(question, _finding(question, probe))
        finally:
            probe.reset()


def _finding(question: Question, probe: Probe) -> Finding:
    try:
        for need in question.needs:
            if not probe.has(need):
                return Finding(Verdict.SKIP, need.value)
        return question.ask(probe)
    except Exception as exc:  # noqa: BLE001 - whatever the warehouse does is an answer
        if question.is_information:
            return Finding(Verdict.SKIP, f"it cannot be read: {_sentence(exc)}")
        return Finding(Verdict.FAIL, _sentence(exc))


def _sentence(error: Exception) -> str:
    """Return the first line of an error; its class, too, if it is none of the project's own."""
    text = (str(error).splitlines() or [""])[0]
    return text if isinstance(error, CafeEtlError) else f"{type(error).__name__}: {text}".rstrip(": ")
