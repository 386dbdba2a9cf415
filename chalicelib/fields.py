"""One field of a row: its text, read into what the warehouse keeps, or the fault that refuses the row. Pure.

Values repeat within a file and from file to file, so what was read once is looked up; customers' names, which
must not stay in memory, are read elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import cache, lru_cache, partial
from typing import Final

from chalicelib.formats import PAYMENT_TYPES, Column, Format

MEMORY: Final = 2**16
"""Values of one kind that are remembered."""

NAME_BYTES: Final = 200
"""What the warehouse keeps of a name; VARCHAR counts bytes."""

PENCE: Final = 100

AMOUNT: Final = re.compile(r"0*([0-9]{1,8})(?:\.([0-9]{0,2})0*)?")
"""At most numeric(10, 2)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused, in a sentence for a store's manager that quotes nothing of the row but amounts."""

    column: str
    """A `Column`; empty where the row as a whole is at fault."""
    reason: str
    sentence: str


MISSING_CUSTOMER: Final = Fault(Column.CUSTOMER_NAME, "missing_customer", "The customer's name is missing.")


@lru_cache(MEMORY)
def pounds(pence: int) -> str:
    """Return an amount as text with two decimals."""
    return f"{pence // PENCE}.{pence % PENCE:02}"


@cache
def time_reader(fmt: Format) -> Callable[[str], str | Fault]:
    """Return what reads a date and time of this format into `YYYY-MM-DD HH:MM:SS`."""
    day, clock = lru_cache(MEMORY)(partial(_day, fmt.day)), lru_cache(MEMORY)(partial(_clock, fmt.clock))
    unreadable = Fault(
        Column.SOLD_AT, "bad_time", f"The date and time is not one, or not written like {fmt.time_example}."
    )

    @lru_cache(MEMORY)
    def read(text: str) -> str | Fault:
        day_text, _, clock_text = text.partition(" ")
        if (found := day(day_text)) and (moment := clock(clock_text)):
            return f"{found} {moment}"
        return read(text.strip()) if text != text.strip() else unreadable

    return read


def _day(pattern: re.Pattern[str], text: str) -> str:
    """Return an ISO date; empty if it is none."""
    found = pattern.fullmatch(text)
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat() if found else ""
    except ValueError:
        return ""


def _clock(pattern: re.Pattern[str], text: str) -> str:
    """Return `HH:MM:SS`; empty if it is no time of day."""
    found = pattern.fullmatch(text.lstrip())
    try:
        parts = [int(part) for part in found.groups() if part] if found else []
        return time(parts[0], parts[1], sum(parts[2:])).isoformat() if parts else ""
    except ValueError:
        return ""


@lru_cache(MEMORY)
def store_name(text: str) -> str | Fault:
    """Return a store's name, its spaces collapsed."""
    name = " ".join(text.split())
    if not name:
        return Fault(Column.STORE_NAME, "missing_store", "The store is missing.")
    if not fits(name):
        return Fault(
            Column.STORE_NAME, "bad_store", f"The store's name is not a name of up to {NAME_BYTES} letters."
        )
    return name


def customer_name(text: str) -> str | Fault:
    """Return a customer's name as it came: only its hash will be kept."""
    return text if text.strip() else MISSING_CUSTOMER


def fits(name: str) -> bool:
    """Tell whether the warehouse can keep a name."""
    return name.isprintable() and len(name.encode()) <= NAME_BYTES


def pence(text: str) -> int | None:
    """Return an amount of pounds in pence; None if it is none, negative, finer than a penny or too large."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return None
    whole, part = found.groups()
    return int(whole) * PENCE + int((part or "").ljust(2, "0"))


@lru_cache(MEMORY)
def total_price(text: str) -> int | Fault:
    """Return a total in pence."""
    amount = pence(text.strip())
    if amount is None:
        return Fault(Column.TOTAL_PRICE, "bad_total", "The total is not an amount in pounds such as 5.20.")
    return amount


@lru_cache(MEMORY)
def payment_type(text: str) -> str | Fault:
    """Return CARD or CASH."""
    known = PAYMENT_TYPES.get(text.strip().casefold())
    return known or Fault(Column.PAYMENT_TYPE, "bad_payment", "The payment is neither CARD nor CASH.")
