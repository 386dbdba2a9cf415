"""One item of a basket: its text, read into product, size, flavour and price, or into a fault. Pure."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from chalicelib.memory import remembered
from chalicelib.normalisation import LONGEST_NAME, PRESENTATIONS, composed
from chalicelib.reading import fields
from chalicelib.reading.amounts import is_negative, plain_pence
from chalicelib.reading.card_numbers import has_card_number
from chalicelib.reading.fields import BEGINS_FORMULA, Fault, pounds
from chalicelib.reading.formats import NAMES, SIZES, Column
from chalicelib.reading.reasons import RowReason

DASH: Final = " - "
COMMA_IN_NAME: Final = "\ufdd1"
DASH_IN_NAME: Final = "\ufdd2"
"""Stand for a comma and a dash within a name. No file has these characters: `csv_blocks` replaces them."""


@dataclass(frozen=True)
class Item:
    """One thing sold. Size and flavour are empty if it has none; the price is in pence."""

    product_name: str
    size: str
    flavour_name: str
    unit_price: int

    @cached_property
    def text(self) -> str:
        """The item as the base format writes it, its price with two decimals."""
        name = f"{self.size} {self.product_name}".lstrip()
        return DASH.join(filter(None, [name, self.flavour_name, pounds(self.unit_price)]))


def _fault(reason: RowReason, sentence: str) -> Fault:
    return Fault(Column.BASKET, reason, sentence)


MISSING_ITEM: Final = _fault("missing_item", "The basket is empty, or an item between two commas is missing.")
MISSING_PRICE: Final = _fault(
    "missing_price", "An item has no price, or its price is not an amount in pounds such as 2.45."
)
NEGATIVE_PRICE: Final = _fault(
    "missing_price", "An item's price is negative: refunds and discounts are not loaded."
)
MISSING_COMMA: Final = _fault("missing_comma", "A comma between two items is missing.")
MISSING_PRODUCT: Final = _fault("missing_product", "An item has no product name.")
AMBIGUOUS: Final = _fault("ambiguous_item", "An item can be read in more than one way.")
FORMULA: Final = _fault("formula", "An item's name begins like a spreadsheet formula.")
CARD_IN_ITEM: Final = _fault("card_number", "An item's name contains digits that may be a card number.")
BAD_PRODUCT: Final = _fault(
    "bad_product",
    f"An item's name is longer than {fields.NAME_BYTES} characters, or contains one that cannot be printed.",
)


def guarded(text: str, names: tuple[str, ...] = NAMES) -> str:
    """Return a text in which other characters replace the commas and dashes within known names.

    So `Frappes - Strawberries, Bananas & Cream - 2.75` remains one item of three parts when it is cut.
    """
    for name in names:
        text = text.replace(name, name.replace(",", COMMA_IN_NAME).replace(DASH, DASH_IN_NAME))
    return text


def _unguarded(text: str) -> str:
    return text.replace(COMMA_IN_NAME, ",").replace(DASH_IN_NAME, DASH)


@remembered()
def read_item(text: str) -> Item | Fault:
    """Read an item such as `Regular Flavoured latte - Hazelnut - 2.55`; a dash may follow the size, too.

    Nothing is guessed or repaired. Callers pass the text through `guarded` first. A replay reads archived baskets by
    this rule, too: a new rule would change the meaning of old copies, and the sale keys of their sales.
    """
    if not text.strip():
        return MISSING_ITEM
    *parts, price_text = (part.strip() for part in text.strip().split(DASH))
    price = plain_pence(price_text)
    if price is None or not parts:
        return NEGATIVE_PRICE if is_negative(price_text) else MISSING_PRICE
    # "Large - Latte - 2.45" -> "Large", ["Latte"]; "Large Latte - Mint - 2.45" -> "Large", ["Latte", "Mint"]
    first, _, rest = parts[0].partition(" ")
    size = SIZES.get(first.casefold(), "")
    names = parts
    if size:
        names = [rest, *parts[1:]] if rest or len(parts) == 1 else parts[1:]
    if any(_begins_with_price(name) for name in names[1:]):
        return MISSING_COMMA
    return _item(size, names, price)


def read_triple(size: str, name: str, price: int) -> Item | Fault:
    """Read an item whose size, name and price are three pieces; the name may have a flavour after a dash."""
    # The archive keeps each item as one text, and a replay reads that: it has to give the same item.
    # "", "Large Latte", "2.45" has no size, but `Large Latte - 2.45` has one -> ambiguous
    item = _item(size, [part.strip() for part in name.strip().split(DASH)], price)
    if isinstance(item, Item) and read_item(guarded(item.text)) != item:
        return AMBIGUOUS
    return item


def _begins_with_price(part: str) -> bool:
    """Tell whether a flavour begins with a price: `2.45 Cookie` in `Large Latte - 2.45 Cookie - 1.25`."""
    return plain_pence((part.split() or [""])[0]) is not None


def _name(part: str) -> str:
    name = " ".join(PRESENTATIONS.sub("", _unguarded(part)).split())
    return composed(name) if len(name) <= LONGEST_NAME else name


def _item(size: str, names: list[str], price: int) -> Item | Fault:
    product, *flavours = map(_name, names)
    if len(flavours) > 1:
        return AMBIGUOUS
    flavour = "".join(flavours)
    if not product:
        return MISSING_PRODUCT
    if not fields.fits(product) or not fields.fits(flavour):
        return BAD_PRODUCT
    if has_card_number(f"{product} {flavour}"):
        return CARD_IN_ITEM
    if product[0] in BEGINS_FORMULA or flavour[:1] in BEGINS_FORMULA:
        return FORMULA
    return Item(product, size, flavour, price)
