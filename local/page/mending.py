"""How to mend a rejected row, by the reason of its rejection. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MENDING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ambiguous_item": "Write each item with its price, such as Large Latte - 2.45, and a comma between items.",
        "bad_customer": "Write the customer's name alone, and shorten it.",
        "bad_header": "Delete the row if it is no sale, or give it the headings of the first row.",
        "bad_payment": "Write CARD, CASH or VOUCHER.",
        "bad_product": "Write the name of the product alone, without special characters.",
        "bad_store": "Write the name of the store alone, without special characters.",
        "bad_text": "Save the file as CSV in UTF-8.",
        "bad_time": "Write the day and the time of the sale, such as 25/08/2021 09:00.",
        "bad_total": "Write the amount in pounds, such as 5.20. Leave refunds out of the file.",
        "card_number": "Delete these digits. A card number may stand in the column of the card alone.",
        "formula": "Delete the sign at the beginning of the text: =, +, - or @.",
        "missing_comma": "Put a comma between the two items.",
        "missing_item": "Write the missing item, or delete the comma that is too many.",
        "missing_price": "Write the price after each item, such as Tea - 1.45. Leave refunds and discounts out.",
        "missing_product": "Write the name of the product before its price.",
        "missing_store": "Write the name of the store.",
        "open_quote": "Add the second quotation mark, or delete the first one.",
        "time_out_of_range": "Correct the date. It may be in the year 2000 or later, but not after today.",
        "total_mismatch": "Correct the total, or the price of an item, so that the prices add up to the total.",
        "wrong_columns": "Give the row the columns of the others. A field with a comma needs quotation marks.",
    }
)
"""By the codes of `reading/reasons.py`."""


def mending(reason: str) -> str:
    """Return what the sender of a rejected row does, as a sentence; empty for a reason of an earlier release."""
    return MENDING.get(reason, "")
