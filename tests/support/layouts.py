"""All layouts of a sales file: the stores' own, other known headings, and headings that only the values explain."""

from collections.abc import Callable, Sequence
from typing import Final

from tests.support import dialects
from tests.support.dialects import DIALECTS, Row, Sale

Writer = Callable[[list[Sale]], bytes]

HEADINGS: Final = (
    "date",
    "location",
    "customer_name",
    "products",
    "total",
    "payment_type",
    "card_number",
)
SYNONYMS: Final = ("Order date", "Shop", "Guest", "Basket items", "Sum", "Paid by", "Card no")
UNKNOWN: Final = ("when it was", "field b", "whom", "what they had", "how much", "means", "field g")
CUSTOMER: Final = HEADINGS.index("customer_name")


def _headed(headings: Sequence[str], order: Sequence[int] = range(len(HEADINGS))) -> Writer:
    """Return a writer of the base format's columns in an order, below headings for them."""
    return lambda sales: dialects.text(
        [[cells[place] for place in order] for cells in [list(headings), *map(dialects.base_row, sales)]]
    ).encode()


def _one_unknown(place: int) -> Writer:
    return _headed([UNKNOWN[at] if at == place else heading for at, heading in enumerate(HEADINGS)])


def _numbered(headings: Sequence[str]) -> Writer:
    """Return a writer of rows that begin with their number, as some programs write tables."""
    return lambda sales: dialects.text(
        [
            *([list(headings)] if headings else []),
            *([str(number), *dialects.base_row(sale)] for number, sale in enumerate(sales)),
        ]
    ).encode()


def more_columns(sales: list[Sale]) -> bytes:
    """Write a day, a time, two amounts, a receipt and a till, below headings of which only three are known."""

    def row(number: int, sale: Sale) -> Row:
        day, time = f"{sale.at:%d/%m/%Y}", f"{sale.at:%H:%M}"
        _, store, customer, basket, total, payment, card = dialects.base_row(sale)
        return [str(1000 + number), day, time, store, customer, basket, "0.25", total, payment, card]

    header = "ref,day of sale,clock,location,customer_name,lines,tip,due,means,card_number"
    return dialects.text(map(row, range(len(sales)), sales), header).encode()


INFERRED: Final[dict[str, Writer]] = {
    **{f"unknown_{heading}": _one_unknown(place) for place, heading in enumerate(HEADINGS)},
    "unknown_but_for_store": _headed([*UNKNOWN[:1], "location", *UNKNOWN[2:]]),
    "unknown_in_another_order": _headed([*UNKNOWN[:1], "location", *UNKNOWN[2:]], (5, 4, 6, 3, 2, 1, 0)),
    "unknown_but_for_store_and_customer": _headed([UNKNOWN[0], "location", "customer_name", *UNKNOWN[3:]]),
    "all_unknown": _headed(UNKNOWN),
    more_columns.__name__: more_columns,
}
"""Layouts with headings that are not known: the values show the columns."""

KNOWN: Final[dict[str, Writer]] = {
    "synonyms": _headed(SYNONYMS),
    "another_order": _headed(SYNONYMS, (5, 4, 3, 2, 1, 0)),
    "nameless": _headed(HEADINGS, (0, 1, 3, 4, 5, 6)),
    "numbered": _numbered(("", *HEADINGS)),
    "numbered_without_a_heading_for_it": _numbered(HEADINGS),
    "numbered_without_a_header": _numbered(()),
}
"""Layouts whose headings are known, or that have none, besides those of `DIALECTS`."""

LAYOUTS: Final[dict[str, Writer]] = DIALECTS | KNOWN | INFERRED


def key_of(layout: str, sales: list[Sale]) -> str:
    """Return a file name that says the day, and the store only where nothing else could."""
    stem = "_".join(sales[0].store.split()) if layout == "all_unknown" else "sales"
    return f"{stem}_{sales[0].at:%d-%m-%Y}.csv"
