"""The figures of a report, from the rows of the warehouse. Pure; money is Decimal pounds, never a float."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.people.report.comparisons import Comparison, KeyFigure, Totals, compared, key_figure
from chalicelib.people.report.periods import WEEK, four_weeks, same_weekdays
from chalicelib.people.report.rounding import rounded
from chalicelib.people.report.rows import HourRow, ReportRows

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class HourFigure:
    """The sales of an hour, and those of the same hour a week before: None if nothing was sold on that whole day."""

    hour: int
    sales: int
    last_week: int | None


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A day's revenue in pounds, None if nothing was sold."""

    day: date
    revenue: Decimal | None


@dataclass(frozen=True, slots=True)
class StoreFigure:
    """A store's day. `ticket` is None, and `sales` is 0, if it sold nothing."""

    store_name: str
    sales: int
    revenue: Decimal
    ticket: Decimal | None
    last_week: Comparison


@dataclass(frozen=True, slots=True)
class WeekHour:
    """The average sales of an hour of the day on each weekday, Monday first; None for a weekday without sales."""

    hour: int
    averages: list[int | None]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a day's report."""

    revenue: KeyFigure
    sales: KeyFigure
    ticket: KeyFigure
    items_a_sale: KeyFigure
    weekdays_with_sales: int
    """How many of the last four such weekdays the average is of."""
    hours: list[HourFigure]
    days: list[DayFigure]
    stores: list[StoreFigure]
    week_hours: list[WeekHour]


def figures(rows: ReportRows) -> Figures:
    """Return the figures of a day."""
    weekdays = same_weekdays(rows.day)
    # The day, a week before, and the four weeks together
    periods = [_totals(days, rows) for days in ([rows.day], weekdays[:1], weekdays)]
    return Figures(
        revenue=key_figure(lambda totals: totals.revenue_a_day, *periods),
        sales=key_figure(lambda totals: totals.sales_a_day, *periods),
        ticket=key_figure(lambda totals: totals.ticket, *periods),
        items_a_sale=key_figure(lambda totals: totals.items_a_sale, *periods),
        weekdays_with_sales=periods[-1].days,
        hours=_hours(rows),
        days=_days(rows),
        stores=_stores(rows),
        week_hours=_week_hours(rows),
    )


def _totals(days: Collection[date], rows: ReportRows) -> Totals:
    hours = [row for row in rows.hours if row.sold_on in days]
    items = {rows.day: sum(row.items for row in rows.products), **rows.items}
    return Totals(
        sales=sum(row.sales for row in hours),
        items=sum(items.get(day, 0) for day in days),
        revenue=_revenue(hours),
        days=len({row.sold_on for row in hours}),
    )


def _revenue(hours: Iterable[HourRow]) -> Decimal:
    return sum((row.revenue for row in hours), ZERO)


def _hours(rows: ReportRows) -> list[HourFigure]:
    today, before = _sales_by_hour(rows, rows.day), _sales_by_hour(rows, rows.day - WEEK)
    open_hours = _from_first_to_last([*today, *before])
    return [HourFigure(hour, today[hour], before[hour] if before else None) for hour in open_hours]


def _sales_by_hour(rows: ReportRows, day: date) -> Counter[int]:
    counts: Counter[int] = Counter()
    for row in rows.hours:
        if row.sold_on == day:
            counts[row.hour_of_day] += row.sales
    return counts


def _from_first_to_last(hours: Collection[int]) -> range:
    return range(min(hours), max(hours) + 1) if hours else range(0)


def _days(rows: ReportRows) -> list[DayFigure]:
    revenue: dict[date, Decimal] = defaultdict(Decimal)
    for row in rows.hours:
        revenue[row.sold_on] += row.revenue
    return [DayFigure(day, revenue.get(day)) for day in four_weeks(rows.day)]


def _stores(rows: ReportRows) -> list[StoreFigure]:
    """Return each store that sold something in the last four weeks: the best first, those without sales last."""
    by_store: dict[str, list[HourRow]] = defaultdict(list)
    for row in rows.hours:
        by_store[row.store_name].append(row)
    stores = [_store(name, hours, rows.day) for name, hours in by_store.items()]
    return sorted(stores, key=lambda store: (not store.sales, -store.revenue, store.store_name))


def _store(store_name: str, hours: list[HourRow], day: date) -> StoreFigure:
    today = [row for row in hours if row.sold_on == day]
    before = [row for row in hours if row.sold_on == day - WEEK]
    sales, revenue = sum(row.sales for row in today), _revenue(today)
    last_week = compared(revenue if today else None, _revenue(before) if before else None)
    return StoreFigure(store_name, sales, revenue, revenue / sales if sales else None, last_week)


def _week_hours(rows: ReportRows) -> list[WeekHour]:
    days = set(four_weeks(rows.day))
    weekdays: list[set[date]] = [set() for _ in range(7)]
    sales: Counter[tuple[int, int]] = Counter()
    for row in rows.hours:
        if row.sold_on in days:
            weekdays[row.sold_on.weekday()].add(row.sold_on)
            sales[row.hour_of_day, row.sold_on.weekday()] += row.sales
    return [
        WeekHour(hour, [_average(sales[hour, day], len(dates)) for day, dates in enumerate(weekdays)])
        for hour in _from_first_to_last([hour for hour, _ in sales])
    ]


def _average(sales: int, days: int) -> int | None:
    return int(rounded(Decimal(sales) / days, 0)) if days else None
