"""The products and the flavours of the day, the best first. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from chalicelib.people.report.rows import ProductRow

Key = TypeVar("Key", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Rank:
    """A product or a flavour, the items sold of it, and their pounds."""

    name: str
    items: int
    revenue: Decimal


def products(rows: Iterable[ProductRow]) -> list[Rank]:
    """Return each product in a size, the one with the most revenue first."""
    groups = _grouped(rows, lambda row: (row.product_name, row.size))
    ranks = [_rank(f"{size} {name}".strip(), groups[name, size]) for name, size in sorted(groups)]
    return sorted(ranks, key=lambda rank: -rank.revenue)


def flavours(rows: Iterable[ProductRow]) -> list[Rank]:
    """Return each flavour, the one with the most items first; items without a flavour are left out."""
    groups = _grouped((row for row in rows if row.flavour_name), lambda row: row.flavour_name)
    return sorted((_rank(name, groups[name]) for name in sorted(groups)), key=lambda rank: -rank.items)


def _grouped(rows: Iterable[ProductRow], key: Callable[[ProductRow], Key]) -> dict[Key, list[ProductRow]]:
    groups: dict[Key, list[ProductRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _rank(name: str, rows: Sequence[ProductRow]) -> Rank:
    return Rank(name, sum(row.items for row in rows), sum((row.revenue for row in rows), Decimal(0)))
