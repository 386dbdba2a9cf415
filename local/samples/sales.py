"""Made-up days of sales, and how a store's till writes them. Pure: the same seed gives the same text.

A day depends on seed, store and date alone, not on what else is generated with it.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final

from local.samples.customers import Customer, make_up
from local.samples.menu import Item, menu_of, pounds

OPENING_HOURS: Final = (7, 8)
CLOSING_HOUR: Final = 19
RUSHES: Final = ((8 * 60 + 30, 30, 5), (12 * 60 + 45, 45, 4), (17 * 60 + 30, 30, 3))
"""Morning, lunch, after work: peak in minutes since midnight, minutes to either side, steepness."""

QUIET: Final = 10
"""Weight of a minute outside the rushes."""

BASKET_SIZES: Final = (27, 26, 20, 14, 8, 5)
"""Weights of one item, two items, …"""

WEEKDAYS: Final = (94, 92, 95, 100, 112, 119, 88)
"""Percent of a usual day, Monday first; 100 in the mean."""

REGULARS: Final = 120
SHARE_OF_REGULARS: Final = 0.08
SHARE_OF_CARDS: Final = 0.7


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale. An empty card: paid in cash."""

    sold_at: datetime
    customer: str
    items: tuple[Item, ...]
    card: str

    @property
    def total(self) -> int:
        """The sum of the items, in pence."""
        return sum(item.price for item in self.items)


def generate_day(store: str, day: date, *, sales: int, seed: int) -> Iterator[Sale]:
    """Yield so many sales of a store's day, in order of time."""
    rng = random.Random(f"{seed}/{store}/{day.isoformat()}")
    known, menu = _regulars(store, seed), menu_of(store)
    popularity = list(accumulate(menu.weights))
    midnight = datetime.combine(day, time())
    for minute in sorted(rng.choices(range(24 * 60), _busyness(opening_hour(store)), k=sales)):
        size = rng.choices(range(1, len(BASKET_SIZES) + 1), BASKET_SIZES)[0]
        items = tuple(rng.choices(menu.items, cum_weights=popularity, k=size))
        customer = rng.choice(known) if rng.random() < SHARE_OF_REGULARS else make_up(rng)
        card = customer.card if rng.random() < SHARE_OF_CARDS else ""
        yield Sale(midnight + timedelta(minutes=minute), customer.name, items, card)


def to_csv(store: str, sales: Iterable[Sale], *, two_decimals: bool = False) -> str:
    """Return a store's file; with `two_decimals` as some tills write it, a last line of one space too."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_row(store, sale, two_decimals) for sale in sales)
    return text.getvalue() + (" \n" if two_decimals else "")


def file_name(store: str, day: date) -> str:
    """Return the name that a store gives its file of a day."""
    return f"{_stem(store)}_{day:%d-%m}-{day.year:04}_{opening_hour(store):02}-00-00.csv"


def opening_hour(store: str) -> int:
    """Return the hour in which a store opens."""
    return random.Random(f"hours/{_stem(store)}").choice(OPENING_HOURS)


def sales_of(store: str, day: date, usual: int, seed: int) -> int:
    """Return how many sales a day has: weekdays differ, and no two days are alike."""
    luck = random.Random(f"{seed}/{store}/{day.isoformat()}/sales").randrange(90, 111)
    return max(1, usual * WEEKDAYS[day.weekday()] * luck // 10_000)


def _stem(store: str) -> str:
    return store.lower().replace(" ", "_")


def _regulars(store: str, seed: int) -> list[Customer]:
    """Return the customers who come again, the same on every day."""
    rng = random.Random(f"{seed}/{store}/regulars")
    return [make_up(rng) for _ in range(REGULARS)]


def _busyness(opening: int) -> list[int]:
    """Return a weight for each minute of a day, in integers so that all machines agree."""
    return [
        QUIET + sum(steep * max(0, width - abs(minute - peak)) for peak, width, steep in RUSHES)
        if opening * 60 <= minute < CLOSING_HOUR * 60
        else 0
        for minute in range(24 * 60)
    ]


def _row(store: str, sale: Sale, two_decimals: bool) -> list[str]:  # noqa: FBT001
    total = pounds(sale.total)
    return [
        f"{sale.sold_at:%d/%m}/{sale.sold_at.year:04} {sale.sold_at:%H:%M}",
        store,
        sale.customer,
        ", ".join(item.text for item in sale.items),
        total if two_decimals else total.removesuffix("0"),
        "CARD" if sale.card else "CASH",
        sale.card,
    ]
