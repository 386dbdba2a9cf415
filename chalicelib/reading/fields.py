"""One field of a row: its text, read into what the warehouse keeps, or the fault that refuses the row. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chalicelib.reading.formats import PAYMENT_TYPES, Column
from chalicelib.reading.reasons import RowReason

MEMORY: Final = 2**16
"""Values of one kind that are remembered; no column of customers is among them."""

NAME_BYTES: Final = 200
"""What the warehouse keeps of a name; VARCHAR counts bytes."""

PENCE: Final = 100

AMOUNT: Final = re.compile(
    r"(?:£\s*)?0*([0-9]{1,8}|[0-9]{1,3}(?:[, \u00a0][0-9]{3}){1,2})(?:\.([0-9]{0,2})0*)?"
)
"""At most numeric(10, 2)."""

BEGINS_FORMULA: Final = frozenset("=+-@\t\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused, in a sentence for a store's manager that quotes nothing of the row but amounts."""

    column: str
    """A `Column`; empty where the row as a whole is at fault."""
    reason: RowReason
    sentence: str


MISSING_CUSTOMER: Final = Fault(Column.CUSTOMER_NAME, "missing_customer", "The customer's name is missing.")
BAD_CUSTOMER: Final = Fault(
    Column.CUSTOMER_NAME, "bad_customer", f"The customer's name is longer than {NAME_BYTES} letters."
)
FORMULA_CUSTOMER: Final = Fault(
    Column.CUSTOMER_NAME, "formula", "The customer's name begins like a formula of a spreadsheet."
)
FORMULA_STORE: Final = Fault(
    Column.STORE_NAME, "formula", "The store's name begins like a formula of a spreadsheet."
)


@lru_cache(MEMORY)
def pounds(pence: int) -> str:
    """Return an amount as text with two decimals."""
    return f"{pence // PENCE}.{pence % PENCE:02}"


def store_name(text: str) -> str | Fault:
    """Return a store's name, its spaces collapsed."""
    name = " ".join(text.split())
    if not name:
        return Fault(Column.STORE_NAME, "missing_store", "The store is missing.")
    if not fits(name):
        return Fault(
            Column.STORE_NAME, "bad_store", f"The store's name is not a name of up to {NAME_BYTES} letters."
        )
    return FORMULA_STORE if name[0] in BEGINS_FORMULA else name


def customer_fault(name: str) -> Fault | None:
    """Return what is wrong with a customer's name, of which only the hash will be kept."""
    begin = name.lstrip()[:1]
    if not begin:
        return MISSING_CUSTOMER
    if begin in BEGINS_FORMULA:
        return FORMULA_CUSTOMER
    return BAD_CUSTOMER if len(name) > NAME_BYTES else None


def fits(name: str) -> bool:
    """Tell whether the warehouse can keep a name."""
    return name.isprintable() and len(name.encode()) <= NAME_BYTES


def pence(text: str) -> int | None:
    """Return an amount of pounds in pence; None if it is none, negative, finer than a penny or too large."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    whole, part = found.groups()
    amount = int(re.sub("[, \u00a0]", "", whole)) * PENCE + int((part or "").ljust(2, "0"))
    return amount if amount < 10**10 else None


@lru_cache(MEMORY)
def total_price(text: str) -> int | Fault:
    """Return a total in pence."""
    amount = pence(text)
    if amount is None:
        return Fault(Column.TOTAL_PRICE, "bad_total", "The total is not an amount in pounds such as 5.20.")
    return amount


def payment_type(text: str) -> str | Fault:
    """Return CARD or CASH."""
    known = PAYMENT_TYPES.get(text.strip().casefold())
    return known or Fault(Column.PAYMENT_TYPE, "bad_payment", "The payment is neither CARD nor CASH.")
