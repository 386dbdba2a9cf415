"""The test file of `make smoke`: its name, its sales, and the figures that the warehouse must have of it."""

import csv
import io
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

STORE: Final = "Smoke test"
# Two products, a size, a card payment and a cash payment: basket, total, payment, card number.
SALES: Final = (
    ("Regular Smoke test - 2.00, Smoke test - 1.25", "3.25", "CARD", "5494000000000000"),
    ("Smoke test - 1.25", "1.25", "CASH", ""),
)
# "prices" is the sum of the items' unit prices, "total" that of the sales: 2.00 + 1.25 + 1.25 = 3.25 + 1.25.
EXPECTED: Final = {"files": 1, "sales": 2, "items": 3, "total": "4.50", "prices": "4.50"}

PREFIX: Final = "smoke_test_"
"""The beginning of the keys. infra/bootstrap.yaml lets GitHub write no other key."""

# The same form is in chalicelib/operations/smoke_cleanup.py; tests/unit/infra/test_smoke.py compares the two.
KEY: Final = re.compile(rf"{PREFIX}\d\d-\d\d-\d{{4}}_\d\d-\d\d-\d\d\.csv")


@dataclass(frozen=True, slots=True)
class Trial:
    """A test file of no real store. A random customer makes its content unique: it is never a duplicate."""

    key: str
    content: bytes

    @classmethod
    def at(cls, timestamp: datetime) -> "Trial":
        """Return the test file of a timestamp, which its sales and its name contain."""
        customer = f"Smoke {secrets.token_hex(8)}"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            (f"{timestamp:%d/%m/%Y %H:%M}", STORE, customer, basket, total, payment, card)
            for basket, total, payment, card in SALES
        )
        return cls(f"{PREFIX}{timestamp:%d-%m-%Y_%H-%M-%S}.csv", text.getvalue().encode())
