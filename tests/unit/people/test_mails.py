"""A mail keeps to the limits of SNS and of a narrow screen, whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.people.mails import CUT_OFF, MOST_BYTES, Mail, titled

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)


@given(ANYTHING, st.lists(ANYTHING, max_size=5))
def test_any_mail_has_short_lines_that_print_and_a_subject_on_one_line(title: str, lines: list[str]) -> None:
    mail = Mail(title, lines)

    assert len(mail.subject) < 100
    assert mail.subject.isprintable()
    assert all(len(line) <= 72 and line.isprintable() for line in mail.text.split("\n"))


@given(st.lists(st.text("aé ", max_size=100), max_size=30), st.integers(200, 2000))
def test_a_text_has_as_many_lines_as_its_bytes_allow(lines: list[str], most_bytes: int) -> None:
    """What is left out is said."""
    whole, text = Mail("", lines).text, Mail("", lines, most_bytes).text

    assert len(text.encode()) <= most_bytes
    assert text == whole or text.endswith(CUT_OFF)
    assert whole.startswith(text.removesuffix(CUT_OFF))


def test_bytes_count_and_not_letters() -> None:
    """SNS takes 256 KiB, and an é has two bytes."""
    text = Mail("", ["é" * 70] * 10_000).text

    assert MOST_BYTES - 200 < len(text.encode()) <= MOST_BYTES < 256 * 1024


def test_a_long_line_goes_on_further_in() -> None:
    """A key without a space is broken where the line ends."""
    text = Mail("", ["  Why: " + "word " * 20, "k" * 100]).text

    first, second, *key = text.splitlines()
    assert (len(first), first[:7], second[:4]) == (71, "  Why: ", "    ")
    assert key == ["k" * 72, f"  {'k' * 28}"]


def test_a_title_names_the_stage_if_there_is_one() -> None:
    assert titled("prod", "1 loaded") == "Cafe ETL prod: 1 loaded"
    assert titled("", "1 loaded") == "Cafe ETL: 1 loaded"
