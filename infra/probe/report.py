"""The lines that a probe prints."""

from collections import Counter
from collections.abc import Iterable, Sequence

from infra.probe.model import Answer, Verdict

WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.SKIP: "skipped",
    Verdict.INFO: "for information",
}


def line(answer: Answer) -> str:
    """Return the line of an answer. That of a failure ends with what to change."""
    question, finding = answer.question, answer.finding
    text = f"{finding.verdict}  {question.name}  ({finding.details})  {question.decides}"
    return f"{text}: {question.otherwise}" if finding.verdict is Verdict.FAIL else text


def summary(answers: Sequence[Answer]) -> str:
    """Return the last line, such as `40 questions: 33 passed, 1 failed, 4 skipped, 2 for information`."""
    counts = Counter(answer.finding.verdict for answer in answers)
    parts = [f"{counts[verdict]} {words}" for verdict, words in WORDS.items()]
    return f"{len(answers)} questions: {', '.join(parts)}."


def has_failed(answers: Iterable[Answer]) -> bool:
    """Tell whether any claim does not hold."""
    return any(answer.finding.verdict is Verdict.FAIL for answer in answers)
