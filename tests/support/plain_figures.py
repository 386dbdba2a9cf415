"""The figures of sales files, with plain csv and decimal and none of the project's code: what each view must show."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

SIZES = ("Regular", "Large")
WEEKS = timedelta(weeks=4)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Item:
    """An item with its sale, which is numbered from 0 through all files."""

    sale: int
    at: datetime
    store: str
    customer: str
    payment: str
    total: Decimal
    number: int
    product: str
    size: str
    flavour: str
    price: Decimal

    @property
    def day(self) -> date:
        """The day of the sale."""
        return self.at.date()


def items_of(texts: Iterable[str]) -> list[Item]:
    """Return the items of files in the base format, all of whose rows are good."""
    rows = [row for text in texts for row in csv.reader(io.StringIO(text))]
    return [item for number, row in enumerate(rows) for item in _items(number, row)]


def _items(number: int, row: list[str]) -> Iterable[Item]:
    time, store, customer, basket, total, payment = row[:6]
    at = datetime.strptime(time, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - stores tell no zone
    for place, piece in enumerate(basket.split(", "), 1):
        name, *flavour, price = piece.split(" - ")
        size = next((size for size in SIZES if name.startswith(f"{size} ")), "")
        product = name.removeprefix(size).strip()
        words = product, size, "".join(flavour)
        yield Item(number, at, store, customer, payment, Decimal(total), place, *words, Decimal(price))


def grouped(items: Iterable[Item], key: Callable[[Item], Row]) -> list[Row]:
    """Return for each group: its key, the number of sales, the number of items, and pounds."""
    groups: dict[Row, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return [
        (
            *group,
            len({item.sale for item in members}),
            len(members),
            sum((item.price for item in members), Decimal(0)),
        )
        for group, members in groups.items()
    ]


def store_days(items: Iterable[Item]) -> list[Row]:
    """Return store, day, the last day with sales, and whether this one is missing, day by day as a person would."""
    days: dict[str, set[date]] = defaultdict(set)
    for item in items:
        days[item.store].add(item.day)
    rows = []
    for store, sold in days.items():
        for day in sorted(set().union(*days.values())):
            before = [earlier for earlier in sold if earlier <= day]
            if before and day - max(before) <= WEEKS:
                rows.append((store, day, max(before), day not in sold))
    return rows


def item_rows(items: Iterable[Item]) -> Counter[Row]:
    """Return what `item_sales` says of each item, but for the numbers of sales and customers."""
    return Counter(
        (
            item.store,
            item.day,
            item.day.isoweekday(),
            item.at.hour,
            item.at,
            item.payment,
            item.number,
            item.product,
            item.size,
            item.flavour,
            item.price,
            item.customer == "",
        )
        for item in items
    )
