"""Amounts of pounds, read into whole pence: as most tills write them, and as some do. Pure."""

import re
from decimal import Decimal
from typing import Final

PENCE: Final = 100
LIMIT: Final = 10**10
"""In pence, the smallest amount that is too large for numeric(10, 2)."""

LONGEST: Final = 64
"""No amount is longer; longer texts are not searched."""

PLAIN: Final = re.compile(
    r"(?:£\s*)?0*([0-9]{1,8}|[0-9]{1,3}(?:[, \u00a0][0-9]{3}){1,2})(?:\.([0-9]{0,2})0*)?"
)
"""Pounds up to numeric(10, 2): `5.2`, `£5.20`, `1,234.5`, `007.500`; not `5.205`, `.5`, `1,5` or `-1`."""

CURRENCY: Final = r"(?:GBP|Â?£|￡)"
"""`Â£` is a pound sign in UTF-8 that a program took for Windows-1252."""

NUMBER: Final = rf"(?:{CURRENCY}\s*)?(?P<{{}}>[0-9][0-9, \u00a0]*(?:\.[0-9]*)?|\.[0-9]+)(?:\s*{CURRENCY})?"
WRITTEN: Final = re.compile(NUMBER.format("number"), re.IGNORECASE)
"""Pounds as some tills write them: `.70`, `GBP 5.20`, `5.20 GBP`, `4.6000000000000005`."""

MINUS: Final = "[-\u2212\u2013]"
NEGATIVE: Final = re.compile(
    rf"(?:{CURRENCY}\s*)?{MINUS}\s*{NUMBER.format('after_sign')}"
    rf"|{NUMBER.format('before_sign')}\s*{MINUS}"
    rf"|\(\s*{NUMBER.format('in_brackets')}\s*\)",
    re.IGNORECASE,
)
"""`-5.20`, `£-5.20`, `-£5.20`, `5.20-`, `(5.20)`."""

TOLERANCE: Final = Decimal("0.000001")
"""In pounds, how far from a whole penny a float may be that a program wrote out in full."""


def plain_pence(text: str) -> int | None:
    """Return an amount, written as by most tills, in pence; None for any other text.

    A replay reads archived baskets by this rule, too, so it must not change: see `items.read_item`.
    """
    match = PLAIN.fullmatch(text.strip())
    if match is None:
        return None
    # "£1,234.5" -> "1,234" and "5" -> 1234 * 100 + 50; never a float, which cannot hold every penny
    whole, decimals = match.groups()
    amount = int(re.sub("[, \u00a0]", "", whole)) * PENCE + int((decimals or "").ljust(2, "0"))
    return amount if amount < LIMIT else None


def pence(text: str) -> int | None:
    """Return an amount in pence; None if it is no amount, or negative, finer than a penny or too large."""
    amount = plain_pence(text)
    if amount is not None or len(text) > LONGEST:
        return amount
    match = WRITTEN.fullmatch(text.strip())
    return _number_in_pence(match["number"].strip()) if match else None


def is_negative(text: str) -> bool:
    """Tell whether a text is an amount below zero, as that of a refund."""
    return len(text) <= LONGEST and NEGATIVE.fullmatch(text.strip()) is not None


def _number_in_pence(number: str) -> int | None:
    whole, _, decimals = number.partition(".")
    # ".70" -> 0 pounds; "1,234" and "007", but not "1,5", are whole pounds
    pounds = plain_pence(whole or "0")
    if pounds is None or whole != whole.strip():
        return None
    # "4.6000000000000005" -> 0.6000000000000005 -> 60 pence; "5.205" is between two pennies
    fraction = Decimal(f"0.{decimals}")
    rounded = round(fraction * PENCE)
    amount = pounds + rounded
    return amount if abs(fraction - Decimal(rounded) / PENCE) <= TOLERANCE and amount < LIMIT else None
