"""Card numbers in places that are not theirs."""

import pytest

from chalicelib.reading.card_numbers import has_card_number
from tests.support.staged_parts import stage_each_way

# Numbers that makers of tills publish for tests: 13, 15, 16 and 19 digits
CARDS = ["4222222222222", "378282246310005", "4111111111111111", "6011000990139424", "6304000000000000000"]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("sign", ["", " ", "-", ".", "/", "\u00a0", "x"])
@pytest.mark.parametrize("group", [1, 4, 6])
def test_a_card_number_is_recognised_in_any_grouping(card: str, sign: str, group: int) -> None:
    text = sign.join(card[start : start + group] for start in range(0, len(card), group))

    assert has_card_number(f"Till {text}")
    assert has_card_number(text.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}))


@pytest.mark.parametrize("number", ["5494123456781234", "5494 1234 5678 1234", "0000-0000-0000-0000"])
def test_sixteen_digits_as_on_a_card_are_one_even_if_they_fail_the_check(number: str) -> None:
    assert has_card_number(f"Latte {number}")


@pytest.mark.parametrize(
    "name", ["Leeds", "Café 21", "7-Eleven 0800 123 456", "4222222222223", "0000000000000", "411111111111"]
)
def test_other_names_have_none(name: str) -> None:
    """Too few digits, digits that fail the check, and zeros alone."""
    assert not has_card_number(name)


def test_a_card_number_is_in_no_part_wherever_it_stands() -> None:
    good = "25/08/2021 09:00,Leeds,Jo Bloggs,Large Latte - 2.45,2.45,CASH,"
    spoilt = [
        good.replace(old, new)
        for old, new in {
            "Leeds": "4111111111111111",
            "Latte": "4111 1111 1111 1111",
            "Large Latte": "4111-1111 - 1111-1111",
            ",2.45": ",41111111.11",
            "Latte - 2.45": "Latte - 41111111.11",
            "25/08/2021": "4111111111111111",
            "CASH": "4111111111111111",
        }.items()
    ]

    staged = stage_each_way("\n".join([good, *spoilt]).encode())

    assert len(staged.sales) == 1
    assert len(staged.reasons) == len(spoilt)
    assert "411111" not in staged.text.replace(" ", "").replace("-", "")
