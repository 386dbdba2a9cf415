"""Card numbers, recognised wherever they stand. Pure."""

import re
import unicodedata
from typing import Final

FEWEST_DIGITS: Final = 13
MOST_DIGITS: Final = 19
"""The digits of a card number, from the shortest to the longest."""


GROUPS_OF_FOUR: Final = re.compile(r"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)")
"""16 digits as on a card. Even a number that fails Luhn's check may be a card's, with a digit mistyped."""


def has_card_number(text: str) -> bool:
    """Tell whether 13 to 19 digits of a text, other signs aside, could be a card number.

    They pass Luhn's check, or look like the 16 digits of a card.
    """
    if GROUPS_OF_FOUR.search(text):
        return True
    # `Latte 5494-0000 0000/0002` -> 5494000000000002, in any grouping and in the digits of any script
    digits = [unicodedata.digit(letter) for letter in text if letter.isdigit()]
    return any(
        _passes_luhn(digits[start : start + count])
        for count in range(FEWEST_DIGITS, min(MOST_DIGITS, len(digits)) + 1)
        for start in range(len(digits) - count + 1)
    )


def _passes_luhn(digits: list[int]) -> bool:
    # From the right, every second digit counts twice; 16 then counts as 1 + 6.
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
