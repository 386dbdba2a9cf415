"""Customers' names within the items of their own sales: such a row is rejected, so no name becomes a product. Pure."""

from collections.abc import Sequence
from typing import Final

from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import Column

NAMED_ITEM: Final = Fault(Column.BASKET, "bad_product", "An item's name contains the customer's name.")

NO_PERSON: Final = frozenset(
    {"account", "away", "cash", "collection", "counter", "customer", "deal", "deliveroo", "delivery"}
    | {"drive", "eat", "eats", "gift", "guest", "in", "just", "meal", "online"}
    | {"order", "out", "sit", "staff", "table", "take", "takeaway", "uber", "walk"}
)
"""Words that tills write in place of a name, and on the menu: `Uber Eats` buys an `Uber Eats Fee`."""

FEWEST_OTHERS: Final = 2
"""If so many other customers bought it, too, the words are those of a product: somebody calls himself `Earl Grey`."""

MOST_NAMES: Final = 100
"""The names in items that are looked for in other customers' items: each of them takes another look at all sales."""


def named_items(customer_names: Sequence[str], baskets: Sequence[str]) -> list[int]:
    """Return the places of the sales of which an item has the customer's whole name, of two words or more.

    A single word proves nothing: `Hazel`, `Rosemary` and `Ginger` are names and flavours.
    """
    names = list(map(str.strip, map(str.casefold, customer_names)))
    texts = list(map(str.casefold, baskets))
    # The name as a part of the text is rare, and found fast; only then each word counts.
    places = [
        place
        for place, (name, text) in enumerate(zip(names, texts, strict=True))
        if " " in name and name in text and _is_person(name) and _says(text, name)
    ]
    suspects = {names[place] for place in places}
    if len(suspects) > MOST_NAMES:
        return places
    products = {name for name in suspects if _is_product(name, names, texts)}
    return [place for place in places if names[place] not in products]


def _is_person(name: str) -> bool:
    return NO_PERSON.isdisjoint(name.split()) and not any(map(str.isdigit, name))


def _is_product(name: str, names: Sequence[str], texts: Sequence[str]) -> bool:
    """Tell whether the items of several other customers have the same words."""
    others = {
        customer
        for customer, text in zip(names, texts, strict=True)
        if customer and customer != name and _says(text, name)
    }
    return len(others) >= FEWEST_OTHERS


def _says(text: str, name: str) -> bool:
    """Tell whether a text has a name in whole words: `jo li` is not in `banjo lime`."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not text[max(start - 1, 0) : start].isalnum() and not text[end : end + 1].isalnum():
            return True
        start = text.find(name, start + 1)
    return False
