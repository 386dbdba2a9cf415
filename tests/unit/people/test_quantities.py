"""Numbers with their nouns."""

import pytest

from chalicelib.people.quantities import quantity


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [(0, "row", "0 rows"), (1, "row", "1 row"), (2, "row", "2 rows"), (1072, "sale", "1,072 sales")],
)
def test_a_noun_has_a_plural_unless_there_is_one(number: int, noun: str, expected: str) -> None:
    assert quantity(number, noun) == expected
