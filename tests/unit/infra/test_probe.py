"""The questions of a probe, the page that explains them, and the judgement of what only Redshift can answer."""

import re

import pytest

from infra.probe.catalogue import QUESTIONS
from infra.probe.model import Answer, Finding, Need, Question, Verdict
from infra.probe.questions.pruning import compared
from infra.probe.report import has_failed, line, summary
from local.state import PROJECT

PAGE = PROJECT / "docs" / "redshift-first-hour.md"
ROW = re.compile(r"^\| (.+) \| \[(.+)\]\((\S+\.md)\) \| (.+) \|$", re.MULTILINE)
SCRIPT = re.compile(r"sql/load/\S+\.sql runs, and is compiled once at most")
SCRIPTS = "sql/load/….sql runs, and is compiled once at most: a line for each script"
NOTHING_TO_MEND = "none; "


def rows() -> list[tuple[str, str, str, str]]:
    """Return the page's table: claim, document, its address, and a sentence of it."""
    return [(row[0], row[1], row[2], row[3]) for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def answer(verdict: Verdict) -> Answer:
    """Return an answer with this verdict."""
    question = Question("Tea is hot", lambda _: Finding(verdict, ""), "ADR 1", "boil it.")
    return Answer(question, Finding(verdict, "95 degrees"))


def test_the_page_has_a_row_for_each_question_in_order() -> None:
    """The questions about the scripts of a load share one."""
    claims = dict.fromkeys(SCRIPTS if SCRIPT.fullmatch(each.name) else each.name for each in QUESTIONS)

    assert [claim for claim, *_ in rows()] == list(claims)


def test_the_page_leads_to_the_document_that_the_line_names() -> None:
    """It is `ADR 2` or `docs/scaling.md`."""
    documents = {SCRIPTS if SCRIPT.fullmatch(each.name) else each.name: each.decides for each in QUESTIONS}

    for claim, text, address, _ in rows():
        assert documents[claim] == (text if text.startswith("ADR ") else f"docs/{address}"), claim
        assert not text.startswith("ADR ") or address.startswith(f"adr/{int(text[4:]):04}-"), claim


def test_the_sentences_to_mend_stand_in_their_documents() -> None:
    for claim, _, address, sentence in rows():
        words = " ".join((PAGE.parent / address).read_text(encoding="utf-8").split())
        assert sentence.startswith(NOTHING_TO_MEND) or sentence in words, claim


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_says_what_to_change(question: Question) -> None:
    """A figure says nothing. Two blanks separate the parts of a line, so no part has them."""
    assert question.otherwise.endswith(".") != question.is_information
    assert "  " not in question.name + question.otherwise


def test_no_claim_is_made_twice() -> None:
    names = [question.name for question in QUESTIONS]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("blocks", "verdict"),
    [
        ((33, 1, 1), Verdict.PASS),
        ((33, 2, 4), Verdict.PASS),
        ((33, 1, 33), Verdict.FAIL),
        ((33, 33, 33), Verdict.SKIP),
        ((0, 0, 0), Verdict.SKIP),
        ((33, 0, 1), Verdict.PASS),
    ],
)
def test_blocks_that_are_read_show_whether_a_subquery_skips_any(
    blocks: tuple[int, int, int], verdict: Verdict
) -> None:
    """Nothing can be told if not even a value skips blocks."""
    assert compared(*blocks).verdict is verdict


def test_only_a_failure_fails() -> None:
    assert [has_failed([answer(verdict)]) for verdict in Verdict] == [False, True, False, False]


def test_a_line_has_verdict_claim_details_and_document() -> None:
    assert line(answer(Verdict.PASS)) == "pass  Tea is hot  (95 degrees)  ADR 1"
    assert line(answer(Verdict.FAIL)) == "fail  Tea is hot  (95 degrees)  ADR 1: boil it."


def test_the_summary_counts_each_verdict() -> None:
    answers = [answer(Verdict.PASS), answer(Verdict.PASS), answer(Verdict.SKIP)]

    assert summary(answers) == "3 questions: 2 passed, 0 failed, 1 skipped, 0 for information."


def test_each_need_has_a_question() -> None:
    assert {need for question in QUESTIONS for need in question.needs} == set(Need)
