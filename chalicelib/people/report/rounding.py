"""Figures as people read them: halves are rounded up, as at a till. Pure."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

NO_FIGURE: Final = "\N{EN DASH}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a value with this number of decimals."""
    # 8.325 and 2 places -> 8.33, where Python's own format would write 8.32
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(part: Decimal | int, whole: Decimal | int, places: int = 1) -> Decimal:
    """Return which percentage of a whole a part is; 0 of nothing."""
    if not whole:
        return Decimal(0)
    return rounded(Decimal(part) * 100 / Decimal(whole), places)


def pounds(value: Decimal | None) -> str:
    """Return an amount such as `£5,508.00`."""
    return NO_FIGURE if value is None else f"£{rounded(value, 2):,}"


def number(value: Decimal | int | None, places: int = 0) -> str:
    """Return a number such as `1,072`, with this number of decimals."""
    return NO_FIGURE if value is None else f"{rounded(Decimal(value), places):,}"


def change(value: Decimal) -> str:
    """Return a change in percent with a sign and a word, so that nobody has to tell colours apart."""
    if not value:
        return "= level"
    sign, word = ("▲", "up") if value > 0 else ("▼", "down")
    return f"{sign} {abs(value):,}% {word}"


def full_day(day: date) -> str:
    """Return a day such as `Sunday, 3 April 2022`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_day(day: date) -> str:
    """Return a day such as `3 Apr`."""
    return f"{day.day} {day:%b}"
