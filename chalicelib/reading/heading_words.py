"""The words of headings that are unknown as a whole: what such a column may be, and what it cannot be. Pure."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

WORD: Final = re.compile(r"[^\W\d_]+")
CAMEL_CASE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


STORE: Final = _set("branch cafe city location outlet place restaurant shop site store town venue where")
CUSTOMER: Final = _set(
    "buyer client cust customer customers custumer guest member patron person purchaser who"
)
STAFF: Final = _set(
    "agent assistant attendant barista cashier clerk employee manager operator owner rep seller served "
    "server staff user waiter waitress"
)
NEVER_READ: Final = _set(
    "category channel comment currency device discount email id note notes number phone postcode register "
    "source status tax terminal till type vat zone"
)
"""Words of columns that are neither a store's nor a customer's, and that no sale needs."""

QUANTITY: Final = _set(
    "aantal antal anzahl cantidad menge pcs qty quantidade quantita quantite quantity quantità quantité "
    "stück unit units"
)
"""Words of columns that a file has only if each of its rows is one item."""
ITEM: Final = _set(
    "article artikel coffee dish drink item items lineitem plu prodotto producto produit produkt product "
    "sku variant"
)
SALE: Final = _set(
    "bill cash check gross money net order orders paid payment receipt revenue sale sales sold spent "
    "tender ticket total totals transaction umsatz"
)
"""Words of a list of sales, which a list of deliveries does not have."""


def comparable(heading: str) -> str:
    """Return a heading's letters and digits, case folded: `Customer Name` and `customer_name` are the same."""
    return "".join(filter(str.isalnum, heading.casefold()))


def comparable_row(row: Sequence[str]) -> tuple[str, ...]:
    """Return the headings of a row as they are compared; columns at its end without a heading do not count."""
    headings = list(map(comparable, row))
    while headings and not headings[-1]:
        headings.pop()
    return tuple(headings)


def words(heading: str) -> AbstractSet[str]:
    """Return the words of a heading, case folded: `branchLocation`, `branch_location` -> `branch`, `location`."""
    return {word.casefold() for word in WORD.findall(CAMEL_CASE.sub(" ", heading))}


def may_be_person(heading: str) -> bool:
    """Tell whether a heading speaks of people, and not of a store."""
    return not STORE & words(heading) and bool((CUSTOMER | STAFF) & words(heading))


def is_never_read(heading: str) -> bool:
    """Tell whether a heading speaks of something that no sale needs, and of neither a store nor a customer."""
    return not (STORE | CUSTOMER) & words(heading) and bool(NEVER_READ & words(heading))
