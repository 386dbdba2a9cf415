"""Baskets that some tills write in a way of their own, put into the form of the base format. Pure."""

import re
from typing import Final

from chalicelib.reading.amounts import pence, plain_pence
from chalicelib.reading.fields import pounds
from chalicelib.reading.items import DASH
from chalicelib.reading.pieces import TRIPLE

BRACKETS: Final = frozenset({"[]", "()", "{}"})

SEPARATORS: Final = re.compile(r"[;|\r\n]")
"""Signs besides the comma that may stand between two items."""

LONG_DASHES: Final = "\u2012-\u2015\u2212"
"""En dash, em dash, and signs that look like them."""
DASHES: Final = re.compile(
    # Dashes with spaces around them; without spaces only before a price: a name may have a dash, too.
    rf"[ \u00a0]{{1,9}}[{LONG_DASHES}][ \u00a0]{{1,9}}|[ \u00a0]{{0,9}}[{LONG_DASHES}][ \u00a0]{{0,9}}(?=[£0-9.])"
)

QUOTED: Final = re.compile(
    r"\s*(?:'((?:[^'\\]|\\.)*)'"
    r'|"((?:[^"\\]|\\.)*)"'
    r"|\u201c([^\u201d]*)\u201d|\u2018([^\u2019]*)\u2019"
    r")\s*(?:[,;]|$)",
    re.DOTALL,
)
"""An item of a written list, in quotation marks of any kind, and what separates it from the next one."""
QUOTES: Final = frozenset({"'", '"', "\u201c", "\u2018"})
ESCAPED_SIGN: Final = re.compile(r"\\([^0-9A-Za-z])")


def in_base_format(basket: str) -> str:
    """Return a basket with commas between its items, dashes within them, and plain prices at their ends.

    A basket of the base format, or of triples, stays as it is. Names stay as they are: nothing is added or left out.
    """
    # "['Large Latte - .70'; 'Tea - 1.20']" -> "Large Latte - 0.70,Tea - 1.20"
    text = basket.strip()
    if text[:1] + text[-1:] in BRACKETS:
        text = text[1:-1]
    elif text[:1] not in QUOTES:
        text = basket
    text = _of_quoted_items(text) or text
    if SEPARATORS.search(text):
        parts = [part.strip().rstrip(",") for part in SEPARATORS.split(text)]
        text = ",".join(parts if _are_triples(parts) else filter(None, parts))
    text = DASHES.sub(DASH, text)
    return ",".join(map(_with_plain_price, text.split(",")))


def _are_triples(parts: list[str]) -> bool:
    """Tell whether parts are sizes, names and prices in turns: then an empty one is a size."""
    return len(parts) % TRIPLE == 0 and all(pence(price) is not None for price in parts[TRIPLE - 1 :: TRIPLE])


def _of_quoted_items(text: str) -> str:
    """Return the items of a list, each of which is in quotes, without these; empty if it is no such list."""
    items, end = [], 0
    while end < len(text):
        match = QUOTED.match(text, end)
        if match is None:
            return ""
        items.append(ESCAPED_SIGN.sub(r"\1", "".join(filter(None, match.groups()))))
        end = match.end()
    # A backslash that is left stands for a letter, as in `caf\u00e9`: no name is guessed.
    return "" if any("\\" in item for item in items) else ",".join(items)


def _with_plain_price(piece: str) -> str:
    """Return an item, or a piece of a triple, whose price is written as in the base format."""
    # "Latte - GBP 2.45" -> "Latte - 2.45"; ".70", a triple's price -> "0.70"
    name, dash, price = piece.rpartition(DASH)
    if plain_pence(price) is not None:
        return piece
    amount = pence(price)
    return piece if amount is None else f"{name}{dash}{pounds(amount)}"
