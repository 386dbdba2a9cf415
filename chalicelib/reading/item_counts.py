"""Items that a basket writes once, with a count: `2x Regular Latte - 4.30`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.memory import remembered
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import SIZES, Column
from chalicelib.reading.items import Item, guarded, read_item

TIMES: Final = "[xX*\u00d7]"
"""The letter x, the asterisk and the sign for multiplication."""
SIZE: Final = rf"(?i:(?:{'|'.join(map(re.escape, SIZES))})\b)" if SIZES else "(?!)"
COUNT_BEFORE: Final = re.compile(
    rf"([0-9]{{1,9}}) ?(?:[xX] |[*\u00d7] ?|[xX] ?(?={SIZE})|[xX](?=[A-Z][a-z]))(.+)"
)
"""`2x Latte`, `2 x Latte`, `2*Latte`, `2xLatte`, `2xlarge Latte`; but `7 Seeds Loaf` and `2XL Mug` are names."""
MAY_BE_COUNT: Final = re.compile(
    rf"(?:{TIMES} ?([0-9]{{1,9}})|\(([0-9]{{1,9}}) ?{TIMES}?\)|([0-9]{{1,9}})(?= ?{SIZE})) ?(\D.*)"
)
"""`x2 Latte`, `(2) Latte`, `2 Large Latte`: as likely as not the name of a product, such as `6 Large Eggs`."""
COUNT_AFTER: Final = re.compile(rf"(.+?) (?:\(?{TIMES} ?([0-9]{{1,9}})\)?|\(([0-9]{{1,9}}) ?{TIMES}\))")
"""`Latte x2`, `Latte (x 2)`, `Latte (2x)`."""
MAY_HAVE_COUNT: Final = re.compile(
    rf"^(?:[0-9]{{1,9}} ?(?:{TIMES}|{SIZE})|{TIMES} ?[0-9]|\([0-9])|{TIMES} ?[0-9]{{1,9}}\)?$|[0-9] ?{TIMES}\)$"
)

MOST_ITEMS: Final = 1_000
"""The most items of a basket that has counts."""

BAD_COUNT: Final = Fault(
    Column.BASKET,
    "total_mismatch",
    "The counts of the items, such as 2x, do not fit the total, whether each price is for one item or for all of them.",
)


@dataclass(frozen=True, slots=True)
class CountedItem:
    """An item without its count, which is 1 if it has none."""

    count: int
    item: Item
    is_before: bool = False
    """Whether the count stands before the name, and cannot be a part of it."""
    is_ambiguous: bool = False
    """Whether the item's text can be read as another item."""


def may_have_count(item: Item) -> bool:
    """Tell quickly whether an item's name may have a count; if this is false, it has none."""
    return any(map(MAY_HAVE_COUNT.search, (item.product_name, item.flavour_name)))


def with_counts(items: Sequence[Item], total: int) -> Sequence[Item] | Fault:
    """Return the items of a basket, each as often as its count says; `total` is in pence.

    All prices of a basket are for one item each, or all are for the items of a count together: the total decides.
    """
    # "2x Latte - 4.30, Tea - 1.20": with the total 5.50 two lattes of 2.15 and a tea; with 9.80 two lattes of 4.30
    entries = list(map(_counted, items))
    if all(_is_possible(entry) for entry in entries) and sum(entry.count for entry in entries) <= MOST_ITEMS:
        if sum(entry.count * entry.item.unit_price for entry in entries) == total:
            return _repeated(entries)
        if sum(item.unit_price for item in items) == total and all(map(_is_divisible, entries)):
            return _repeated(list(map(_of_one, entries)))
    # `Cookie x3 - 2.50` may be a product of that name. `3x` before the name is always meant as a count.
    if any(entry.is_before for entry in entries) or sum(item.unit_price for item in items) != total:
        return BAD_COUNT
    return items


def _repeated(entries: list[CountedItem]) -> list[Item]:
    return [entry.item for entry in entries for _ in range(entry.count)]


def _is_divisible(entry: CountedItem) -> bool:
    """Tell whether a price for all items is a whole number of pence for each."""
    return entry.item.unit_price % entry.count == 0


def _of_one(entry: CountedItem) -> CountedItem:
    """Return a counted item at the price of one, from the price for all."""
    return replace(entry, item=replace(entry.item, unit_price=entry.item.unit_price // entry.count))


def _is_possible(entry: CountedItem) -> bool:
    return 1 <= entry.count <= MOST_ITEMS and not entry.is_ambiguous


@remembered()
def _counted(item: Item) -> CountedItem:
    """Return an item without the count in its name, if it has one."""
    if match := COUNT_BEFORE.fullmatch(item.product_name):
        return _of_one_text(int(match[1]), replace(item, product_name=match[2]), is_before=True)
    if match := MAY_BE_COUNT.fullmatch(item.product_name):
        *counts, name = match.groups()
        return _of_one_text(int(next(filter(None, counts))), replace(item, product_name=name))
    if match := COUNT_AFTER.fullmatch(item.product_name):
        return _of_one_text(int(match[2] or match[3]), replace(item, product_name=match[1]))
    if match := COUNT_AFTER.fullmatch(item.flavour_name):
        return _of_one_text(int(match[2] or match[3]), replace(item, flavour_name=match[1]))
    return CountedItem(1, item)


def _of_one_text(count: int, item: Item, *, is_before: bool = False) -> CountedItem:
    """Return an item that was renamed; the first word of its new name may be its size."""
    again = read_item(guarded(item.text))
    sized = item if item.size or isinstance(again, Fault) else again
    # The archive keeps each item as one text, and a replay reads that: it has to give the same item.
    return CountedItem(count, sized, is_before, is_ambiguous=read_item(guarded(sized.text)) != sized)
