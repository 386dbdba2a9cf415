"""Made-up days of sales, and how a store's till writes them. Pure: the same seed gives the same text.

A day depends on its seed, store and date only, not on the other days that are generated with it.
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
"""The rushes in the morning, at lunch and after work: peak in minutes since midnight, half width, steepness."""

QUIET: Final = 10
"""The weight of a minute outside of the rushes."""

BASKET_SIZES: Final = (27, 26, 20, 14, 8, 5)
"""The frequencies of baskets with one item, two items, …, as weights."""

WEEKDAYS: Final = (94, 92, 95, 100, 112, 119, 88)
"""Sales in percent of a mean day, Monday first."""

REGULARS: Final = 120
SHARE_OF_REGULARS: Final = 0.08
SHARE_OF_CARDS: Final = 0.7


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale. An empty card means that it was paid in cash."""

    sold_at: datetime
    customer: str
    items: tuple[Item, ...]
    card: str

    @property
    def total(self) -> int:
        """The sum of the items, in pence."""
        return sum(item.price for item in self.items)


def generate_day(store: str, day: date, *, sales: int, seed: int) -> Iterator[Sale]:
    """Yield this number of sales of a store's day, in order of time."""
    rng = random.Random(f"{seed}/{store}/{day.isoformat()}")
    regulars, menu = _regulars(store, seed), menu_of(store)
    popularity = list(accumulate(menu.weights))
    midnight = datetime.combine(day, time())
    for minute in sorted(rng.choices(range(24 * 60), _busyness(opening_hour(store)), k=sales)):
        size = rng.choices(range(1, len(BASKET_SIZES) + 1), BASKET_SIZES)[0]
        items = tuple(rng.choices(menu.items, cum_weights=popularity, k=size))
        customer = rng.choice(regulars) if rng.random() < SHARE_OF_REGULARS else make_up(rng)
        card = customer.card if rng.random() < SHARE_OF_CARDS else ""
        yield Sale(midnight + timedelta(minutes=minute), customer.name, items, card)


def to_csv(store: str, sales: Iterable[Sale], *, two_decimals: bool = False) -> str:
    """Return a store's file. Some tills write totals with `two_decimals`, and a last line of one space."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_row(store, sale, two_decimals) for sale in sales)
    return text.getvalue() + (" \n" if two_decimals else "")


def file_name(store: str, day: date) -> str:
    """Return a file's name, such as `dunley_quay_14-03-2022_08-00-00.csv`: store, day, and time of opening."""
    return f"{_stem(store)}_{day:%d-%m}-{day.year:04}_{opening_hour(store):02}-00-00.csv"


def opening_hour(store: str) -> int:
    """Return the hour in which a store opens."""
    return random.Random(f"hours/{_stem(store)}").choice(OPENING_HOURS)


def sales_of(store: str, day: date, usual: int, seed: int) -> int:
    """Return how many sales a day has: the usual number, more on weekends, and up to 10 % more or fewer."""
    luck = random.Random(f"{seed}/{store}/{day.isoformat()}/sales").randrange(90, 111)
    return max(1, usual * WEEKDAYS[day.weekday()] * luck // 10_000)


def _stem(store: str) -> str:
    return store.lower().replace(" ", "_")


def _regulars(store: str, seed: int) -> list[Customer]:
    """Return the customers of a store who come often; they are the same on every day."""
    rng = random.Random(f"{seed}/{store}/regulars")
    return [make_up(rng) for _ in range(REGULARS)]


def _busyness(opening: int) -> list[int]:
    """Return a weight for each minute of a day, as integers: floats may differ between machines."""
    # The rush (765, 45, 4) adds 4 * 45 to the weight of 12:45, 4 * 44 to those of 12:44 and 12:46, …
    return [
        QUIET + sum(steep * max(0, width - abs(minute - peak)) for peak, width, steep in RUSHES)
        if opening * 60 <= minute < CLOSING_HOUR * 60
        else 0
        for minute in range(24 * 60)
    ]


def _row(store: str, sale: Sale, two_decimals: bool) -> list[str]:  # noqa: FBT001
    total = pounds(sale.total)  # 520 pence -> 5.20, which most tills write as 5.2
    return [
        f"{sale.sold_at:%d/%m}/{sale.sold_at.year:04} {sale.sold_at:%H:%M}",
        store,
        sale.customer,
        ", ".join(item.text for item in sale.items),
        total if two_decimals else total.removesuffix("0"),
        "CARD" if sale.card else "CASH",
        sale.card,
    ]
