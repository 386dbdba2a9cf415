"""Baskets as stores write them: those that `baskets` reads, and some that it cannot read. Pure."""

import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from chalicelib.reading.basket_texts import in_base_format
from chalicelib.reading.baskets import Baskets, checked, read, split
from chalicelib.reading.counted_baskets import TooManyItemsError, counted
from chalicelib.reading.fields import Fault
from chalicelib.reading.item_counts import BAD_COUNT, may_have_count
from chalicelib.reading.items import Item

HIDES_ITEM: Final = re.compile(r"[£0-9.]+ ?[;|]")
"""A flavour that is none: `0.00; Tea` in `Babyccino - 0.00; Tea - 1.20`."""
DIGIT: Final = re.compile(r"[0-9]")


def portions(sales: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, Baskets]]:
    """Yield sales with their baskets: all at once, unless counts such as `99x` make too many items of them."""
    try:
        baskets = split_written(sales)
    except TooManyItemsError:
        middle = len(sales) // 2
        yield from portions(sales.iloc[:middle])
        yield from portions(sales.iloc[middle:])
    else:
        yield sales, baskets


def split_written(sales: pd.DataFrame) -> Baskets:
    """Split the baskets of sales, which are those of a `Chunk`; each total has to be the sum of its items.

    A basket that is in the base format, or a list of triples, is read as such. If it cannot be, or if it may have
    counts, it is put into the base format and read again.
    """
    baskets = split(sales)
    odd_codes = _odd_codes(baskets.catalogue)
    if not odd_codes and not baskets.faults:
        return baskets
    odd = _odd_sales(sales, baskets, odd_codes)
    if odd.empty:
        return baskets
    again = checked(odd, counted(odd, read(odd)))
    # A basket that cannot be read in either way keeps its first fault, unless the second one knows all its items.
    is_final = [
        line not in again.faults or _is_of_sum(again.faults[line], baskets.faults.get(line))
        for line in odd["line_number"]
    ]
    return _joined(baskets, again, set(odd["line_number"][is_final]))


def _is_of_sum(fault: Fault, first_fault: Fault | None) -> bool:
    """Tell whether a fault is about the sum of a basket that had no fault, or another one, when it was first read."""
    return fault is BAD_COUNT or (first_fault is not None and fault.reason == "total_mismatch")


def _odd_sales(sales: pd.DataFrame, baskets: Baskets, odd_codes: list[int]) -> pd.DataFrame:
    """Return the sales whose baskets are worth a second reading, these baskets put into the base format."""
    lines = set(baskets.items["line_number"][baskets.items["item"].isin(odd_codes)])
    odd = sales[sales["line_number"].isin(lines.union(baskets.faults))]
    texts = pd.Series(list(map(in_base_format, odd["basket"])), odd.index, dtype=object)
    # Most faults are in baskets of the base format: another reading would only give the same fault.
    return odd.assign(basket=texts)[(texts != odd["basket"]) | bool(odd_codes)]


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


def _joined(baskets: Baskets, again: Baskets, lines: set[int]) -> Baskets:
    """Return the first baskets, those of some lines replaced by the second ones."""
    first, second = (~baskets.items["line_number"].isin(lines), again.items["line_number"].isin(lines))
    replacements = again.items[second]
    # Both catalogues are joined, so the codes of the second one begin where those of the first one end.
    items = pd.concat(
        (baskets.items[first], replacements.assign(item=replacements["item"] + len(baskets.catalogue)))
    )
    faults = {line: fault for line, fault in baskets.faults.items() if line not in lines}
    faults |= {line: fault for line, fault in again.faults.items() if line in lines}
    return Baskets(
        items.sort_values("line_number", kind="stable"), [*baskets.catalogue, *again.catalogue], faults
    )
