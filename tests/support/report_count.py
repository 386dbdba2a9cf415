"""What a day's report must print, counted from the items of the files with plain dates and decimals."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.support.plain_figures import Item

Rows = list[list[str]]
WEEK = timedelta(weeks=1)
NOTHING = "\N{EN DASH}"


class Count:
    """An independent count of files, seen from one day."""

    def __init__(self, items: Iterable[Item], day: date) -> None:
        self._items = list(items)
        self._day = day

    def tiles(self) -> dict[str, list[str]]:
        """Return the texts of the key figures: the value, and the comparisons with last week and the average."""
        today, last = self._totals([self._day]), self._totals([self._day - WEEK])
        weeks = self._totals([self._day - number * WEEK for number in (1, 2, 3, 4)])
        kinds: dict[str, tuple[Callable[[dict[str, Decimal]], Decimal], Callable[[Decimal], str]]] = {
            "Revenue": (lambda totals: totals["revenue"] / totals["days"], pounds),
            "Sales": (
                lambda totals: totals["sales"] / totals["days"],
                lambda value: f"{rounded(value, 0):,}",
            ),
            "Average ticket": (lambda totals: totals["revenue"] / totals["sales"], pounds),
            "Items a sale": (
                lambda totals: totals["items"] / totals["sales"],
                lambda value: f"{rounded(value, 2):,}",
            ),
        }
        weekday = f"{self._day:%A}"
        return {
            heading: [
                write(of(today)),
                f"{change(of(today), of(last))} on last {weekday} ({write(of(last))})",
                f"{change(of(today), of(weeks))} on the average of {weeks['days']} {weekday}s ({write(of(weeks))})",
            ]
            for heading, (of, write) in kinds.items()
        }

    def hours(self) -> Rows:
        """Return the hours from the first to the last, with the sales of the day and of a week before."""
        today, before = (Counter(at.hour for at in self._times(day)) for day in (self._day, self._day - WEEK))
        both = {*today, *before}
        return [[str(hour), str(today[hour]), str(before[hour])] for hour in range(min(both), max(both) + 1)]

    def days(self) -> Rows:
        """Return the last 28 days and their revenue."""
        days = [self._day - timedelta(days=back) for back in range(27, -1, -1)]
        revenue = {day: self._totals([day])["revenue"] for day in days}
        return [
            [f"{day:%a} {day.day} {day:%b}", pounds(revenue[day]) if revenue[day] else NOTHING]
            for day in days
        ]

    def descriptions(self) -> list[str]:
        """Return the texts that charts of hours and days have for people who do not see them."""
        hours = [(int(hour), int(sales)) for hour, sales, _ in self.hours()]
        best, most = max(hours, key=lambda hour: hour[1])
        days = [self._day - timedelta(days=back) for back in range(28)]
        revenue = sorted(self._totals([day])["revenue"] for day in days if self._totals([day])["sales"])
        first, last = (f"{day:%A}, {day.day} {day:%B %Y}" for day in (days[-1], days[0]))
        from_to = f"Sales of each hour from {hours[0][0]}:00 to {hours[-1][0]}:59."
        lowest_highest = f"from {pounds(revenue[0])} to {pounds(revenue[-1])} on days with sales."
        return [
            f"{from_to} The most were {most}, from {best}:00 on.",
            f"Revenue of each day from {first} to {last}: {lowest_highest}",
        ]

    def stores(self) -> Rows:
        """Return the stores of the last four weeks, the best first."""
        names = {item.store for item in self._items if self._day - 4 * WEEK <= item.day <= self._day}
        rows = []
        for name in names:
            own = Count([item for item in self._items if item.store == name], self._day)
            today, last = own._totals([self._day]), own._totals([self._day - WEEK])
            if not today["sales"]:
                rows.append((Decimal(1), name, [name, NOTHING, "no figure", NOTHING, NOTHING]))
                continue
            changed = change(today["revenue"], last["revenue"]) if last["revenue"] else "no figure"
            ticket = pounds(today["revenue"] / today["sales"])
            cells = [name, pounds(today["revenue"]), changed, str(today["sales"]), ticket]
            rows.append((-today["revenue"], name, cells))
        return [cells for _, _, cells in sorted(rows)]

    def week(self) -> Rows:
        """Return the average sales of each hour on each weekday of the last four weeks."""
        days = [self._day - timedelta(days=back) for back in range(28)]
        times = [at for day in days for at in self._times(day)]
        sold = {at.date() for at in times}
        weekdays = [sum(day.weekday() == weekday for day in sold) for weekday in range(7)]
        sales = Counter((at.hour, at.weekday()) for at in times)
        hours = range(min(hour for hour, _ in sales), max(hour for hour, _ in sales) + 1)
        return [
            [
                str(hour),
                *(
                    str(rounded(Decimal(sales[hour, weekday]) / count, 0)) if count else NOTHING
                    for weekday, count in enumerate(weekdays)
                ),
            ]
            for hour in hours
        ]

    def products(self) -> Rows:
        """Return the ten best products, with their share of the best, and the sum of all others."""
        groups = self._groups(lambda item: f"{item.size} {item.product}".strip())
        ranks = sorted(groups, key=lambda name: (-groups[name][1], _plain_order(name)))
        best = groups[ranks[0]][1]
        rows = [
            [
                name,
                str(groups[name][0]),
                pounds(groups[name][1]),
                f"{rounded(groups[name][1] * 100 / best, 0)}%",
            ]
            for name in ranks[:10]
        ]
        return rows + [[*row, ""] for row in self._rest(groups, ranks[10:])]

    def flavours(self) -> Rows:
        """Return the six flavours of most items, and the sum of all others."""
        groups = self._groups(lambda item: item.flavour)
        groups.pop("", None)
        ranks = sorted(groups, key=lambda name: (-groups[name][0], name))
        rows = [[name, str(groups[name][0]), pounds(groups[name][1])] for name in ranks[:6]]
        return rows + self._rest(groups, ranks[6:])

    def payments(self) -> str:
        """Return the sentence on payments."""
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for item in self._of_day():
            totals[item.payment] += item.price
        everything = sum(totals.values())
        return ", ".join(
            f"{kind.capitalize()} {pounds(total)} ({rounded(total * 100 / everything, 0)}%)"
            for kind, total in sorted(totals.items(), key=lambda pair: -pair[1])
        )

    def customers(self) -> tuple[str, int, int]:
        """Return the share of customers who had been in the same store in the four weeks before, and both numbers."""
        before = {
            (item.store, item.customer)
            for item in self._items
            if self._day - 4 * WEEK <= item.day < self._day and item.customer
        }
        today = {(item.store, item.customer) for item in self._of_day() if item.customer}
        back = len(today & before)
        return f"{rounded(Decimal(back) * 100 / len(today), 0)}%", len(today), back

    def _of_day(self) -> list[Item]:
        return [item for item in self._items if item.day == self._day]

    def _totals(self, days: list[date]) -> dict[str, Any]:
        items = [item for item in self._items if item.day in days]
        return {
            "sales": len({item.sale for item in items}),
            "items": len(items),
            "revenue": sum((item.price for item in items), Decimal(0)),
            "days": len({item.day for item in items}),
        }

    def _times(self, day: date) -> list[Any]:
        return list({item.sale: item.at for item in self._items if item.day == day}.values())

    def _groups(self, key: Callable[[Item], str]) -> dict[str, tuple[int, Decimal]]:
        items: dict[str, list[Item]] = defaultdict(list)
        for item in self._of_day():
            items[key(item)].append(item)
        return {
            name: (len(members), sum((item.price for item in members), Decimal(0)))
            for name, members in items.items()
        }

    def _rest(self, groups: dict[str, tuple[int, Decimal]], names: list[str]) -> Rows:
        if not names:
            return []
        items, revenue = (sum(groups[name][place] for name in names) for place in (0, 1))
        return [[f"{len(names)} more", str(items), pounds(Decimal(revenue))]]


def _plain_order(name: str) -> tuple[str, str]:
    """Return a product's name before its size: products of one revenue stand in this order."""
    size, _, product = name.partition(" ")
    return (product, size) if size in {"Large", "Regular"} else (name, "")


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a value rounded as at a till."""
    return Decimal(value).quantize(Decimal(10) ** -places, ROUND_HALF_UP)


def pounds(value: Decimal) -> str:
    """Return an amount of pounds and pence."""
    return f"£{rounded(value, 2):,}"


def change(now: Decimal, before: Decimal) -> str:
    """Return by how many percent a figure rose or fell."""
    percent = rounded((Decimal(now) - Decimal(before)) * 100 / Decimal(before), 1)
    if percent == 0:
        return "= level"
    return f"▲ {percent}% up" if percent > 0 else f"▼ {-percent}% down"
