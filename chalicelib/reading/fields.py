"""One field of a row: its text, read into the value that the warehouse keeps, or into a fault. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.memory import remembered
from chalicelib.normalisation import PRESENTATIONS, may_look_like_another, store_key
from chalicelib.reading import payments
from chalicelib.reading.amounts import PENCE, is_negative, pence
from chalicelib.reading.card_numbers import has_card_number
from chalicelib.reading.formats import Column
from chalicelib.reading.reasons import RowReason

NAME_BYTES: Final = 200
"""The longest name that the warehouse keeps: VARCHAR counts bytes."""

BEGINS_FORMULA: Final = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet treats a cell as a formula if it begins with one of these. The last four are full-width signs."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The reason for which a row is rejected. Its sentence, for a store's manager, quotes only amounts of the row."""

    column: str
    """A `Column`; empty if the row as a whole is at fault."""
    reason: RowReason
    sentence: str


Reader = Callable[[str], str | int | Fault]
"""Reads a text into a value, or into the fault for which its row is rejected."""

OPTIONAL_READERS: Final[Mapping[Column, Reader]] = MappingProxyType({})
"""The readers of optional columns, in the order in which their faults count. There is none yet.

A file that lacks one of them is read as if every row had the empty text in it.
"""


BAD_CUSTOMER: Final = Fault(
    Column.CUSTOMER_NAME, "bad_customer", f"The customer's name is longer than {NAME_BYTES} characters."
)
FORMULA_CUSTOMER: Final = Fault(
    Column.CUSTOMER_NAME, "formula", "The customer's name begins like a spreadsheet formula."
)
CARD_IN_STORE: Final = Fault(
    Column.STORE_NAME, "card_number", "The store's name contains digits that may be a card number."
)
BAD_TOTAL: Final = Fault(
    Column.TOTAL_PRICE, "bad_total", "The total is not an amount in pounds such as 5.20."
)
NEGATIVE_TOTAL: Final = Fault(
    Column.TOTAL_PRICE, "bad_total", "The total is negative: refunds are not loaded."
)
BAD_PAYMENT: Final = Fault(
    Column.PAYMENT_TYPE, "bad_payment", "The payment is not a known one, such as CARD, CASH or VOUCHER."
)
FORMULA_STORE: Final = Fault(
    Column.STORE_NAME, "formula", "The store's name begins like a spreadsheet formula."
)


@remembered()
def pounds(pence: int) -> str:
    """Return pence as pounds with two decimals: 520 is `5.20`."""
    return f"{pence // PENCE}.{pence % PENCE:02}"


def store_name(text: str) -> str | Fault:
    """Return a store's name, each run of spaces collapsed to one."""
    name = " ".join(PRESENTATIONS.sub("", text).split())
    # `__` has no key: nothing remains of it by which it could be compared.
    if not store_key(name):
        return Fault(Column.STORE_NAME, "missing_store", "The store's name is missing.")
    # A key may be longer than its name: "ŉ" has two bytes, and its key has three.
    if not fits(name) or not fits(store_key(name)):
        return Fault(
            Column.STORE_NAME,
            "bad_store",
            f"The store's name is longer than {NAME_BYTES} characters, or contains one that cannot be printed.",
        )
    if has_card_number(name):
        return CARD_IN_STORE
    return FORMULA_STORE if name[0] in BEGINS_FORMULA else name


# Unlike the others, this function has no cache, so no customer's name stays in memory.
def customer_fault(name: str) -> Fault | None:
    """Return the fault of a customer's name, of which only the hash will be kept; None if it has none.

    A blank name has none: tills leave the names of walk-in customers out. Nor has a dash in place of one.
    """
    if name.lstrip()[:1] in BEGINS_FORMULA and name.strip(" -"):
        return FORMULA_CUSTOMER
    return BAD_CUSTOMER if len(name) > NAME_BYTES else None


def fits(name: str) -> bool:
    """Tell whether the warehouse can keep a name, and people can tell it apart from others."""
    is_readable = name.isprintable() and not may_look_like_another(name)
    return is_readable and len(name.encode()) <= NAME_BYTES


@remembered()
def total_price(text: str) -> int | Fault:
    """Return a total in pence."""
    amount = pence(text)
    if amount is None:
        return NEGATIVE_TOTAL if is_negative(text) else BAD_TOTAL
    return amount


def payment_type(text: str) -> str | Fault:
    """Return CARD, CASH or OTHER."""
    return payments.payment_type(text) or BAD_PAYMENT
