"""Keys are shown on one line, whatever they contain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.people.escapes import escaped


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("2021/leeds é.csv", "2021/leeds é.csv"),
        ("leeds.csv  ", r"leeds.csv\x20\x20"),
        ("leeds\r\n.csv\t", r"leeds\r\n.csv\t"),
        ("leeds\u202e\x1b[2J.csv", r"leeds\u202e\x1b[2J.csv"),
        ("leeds\ud800\0", r"leeds\ud800\x00"),
        ("leeds\u3164.csv\u2800\ufe0f", r"leeds\u3164.csv\u2800\ufe0f"),
        ("a\U000e0101\u115f\u200b\xa0", r"a\U000e0101\u115f\u200b\xa0".replace("U000e", "U000e")),
        ("", ""),
    ],
)
def test_characters_that_do_not_print_are_escaped(key: str, shown: str) -> None:
    assert escaped(key) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_is_shown_on_one_line_without_blanks_at_its_end(text: str) -> None:
    assert escaped(text).isprintable()
    assert escaped(text) == escaped(text).rstrip()
