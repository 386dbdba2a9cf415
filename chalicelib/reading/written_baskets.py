"""Baskets as stores write them: those that `baskets` reads, and some that it cannot read. Pure."""

import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from chalicelib.reading.basket_texts import in_base_format
from chalicelib.reading.baskets import Baskets, checked, read, split, starts_of
from chalicelib.reading.counted_baskets import TooManyItemsError, counted
from chalicelib.reading.fields import Fault
from chalicelib.reading.item_counts import BAD_COUNT, may_have_count
from chalicelib.reading.items import Item
from chalicelib.reading.sales import Sales

HIDES_ITEM: Final = re.compile(r"[£0-9.]+ ?[;|]")
"""A flavour that is none: `0.00; Tea` in `Babyccino - 0.00; Tea - 1.20`."""
DIGIT: Final = re.compile(r"[0-9]")


def portions(sales: Sales) -> Iterator[tuple[Sales, Baskets]]:
    """Yield sales with their baskets: all at once, unless counts such as `99x` make too many items of them."""
    try:
        baskets = split_written(sales)
    except TooManyItemsError:
        middle = len(sales) // 2
        yield from portions(sales.part(0, middle))
        yield from portions(sales.part(middle))
    else:
        yield sales, baskets


def split_written(sales: Sales) -> Baskets:
    """Split the baskets of sales, which are those of a `Chunk`; each total has to be the sum of its items.

    A basket that is in the base format, or a list of triples, is read as such. If it cannot be, or if it may have
    counts, it is put into the base format and read again.
    """
    baskets = split(sales)
    odd_codes = _odd_codes(baskets.catalogue)
    if not odd_codes and not baskets.faults:
        return baskets
    odd = _odd_sales(sales, baskets, odd_codes)
    if not len(odd):
        return baskets
    again = checked(odd, counted(odd, read(odd)))
    # A basket that cannot be read in either way keeps its first fault, unless the second one knows all its items.
    final = {
        line
        for line in odd["line_number"]
        if line not in again.faults or _is_of_sum(again.faults[line], baskets.faults.get(line))
    }
    return _joined(baskets, again.without(set(odd["line_number"]) - final), final)


def _is_of_sum(fault: Fault, first_fault: Fault | None) -> bool:
    """Tell whether a fault is about the sum of a basket that had no fault, or another one, when it was first read."""
    return fault is BAD_COUNT or (first_fault is not None and fault.reason == "total_mismatch")


def _odd_sales(sales: Sales, baskets: Baskets, odd_codes: list[int]) -> Sales:
    """Return the sales whose baskets are worth a second reading, these baskets put into the base format."""
    lines = baskets.faults.keys() | set(baskets.lines_with(odd_codes))
    odd = sales.selected(line in lines for line in sales["line_number"])
    texts = list(map(in_base_format, odd["basket"]))
    rewritten = Sales({**odd.columns, "basket": texts})
    # Most faults are in baskets of the base format: another reading would only give the same fault.
    pairs = zip(texts, odd["basket"], strict=True)
    return rewritten if odd_codes else rewritten.selected(text != basket for text, basket in pairs)


def _odd_codes(catalogue: list[Item]) -> list[int]:
    """Return the places of items that may have a count, or hide another item."""
    # All of them have a digit in a name. Hardly any menu has one: a search in all names together is fastest.
    names = "\n".join([name for item in catalogue for name in (item.product_name, item.flavour_name)])
    if DIGIT.search(names) is None:
        return []
    return [
        code
        for code, item in enumerate(catalogue)
        if may_have_count(item) or HIDES_ITEM.match(item.flavour_name)
    ]


def _joined(baskets: Baskets, again: Baskets, lines: Collection[int]) -> Baskets:
    """Return the first baskets, those at some lines replaced by the second ones."""
    first = baskets.without(lines)
    # Both catalogues are joined, so the codes of the second one begin where those of the first one end.
    codes = np.concatenate((first.codes, again.codes + len(baskets.catalogue)))
    line_numbers = np.concatenate((first.line_numbers, again.line_numbers))
    counts = np.concatenate((first.counts, again.counts))
    order = np.argsort(line_numbers)
    order_of_items = np.argsort(np.repeat(line_numbers, counts), kind="stable")
    faults = {line: fault for line, fault in baskets.faults.items() if line not in lines}
    faults |= {line: fault for line, fault in again.faults.items() if line in lines}
    return Baskets(
        line_numbers[order],
        starts_of(counts[order]),
        codes[order_of_items],
        [*baskets.catalogue, *again.catalogue],
        faults,
    )
