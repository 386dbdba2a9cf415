"""A day's totals, and figures compared with what they were before. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.people.report.rounding import percent


@dataclass(frozen=True, slots=True)
class Totals:
    """Sales, items and revenue of one day, or of several days together."""

    sales: int
    items: int
    revenue: Decimal
    days: int
    """The days with sales among them."""

    @property
    def revenue_a_day(self) -> Decimal:
        """Pounds of a day with sales, on average; nothing without sales."""
        return self.revenue / max(self.days, 1)

    @property
    def sales_a_day(self) -> Decimal:
        """Sales of a day with sales, on average; nothing without sales."""
        return Decimal(self.sales) / max(self.days, 1)

    @property
    def ticket(self) -> Decimal | None:
        """Pounds of a sale on average; None without sales."""
        return self.revenue / self.sales if self.sales else None

    @property
    def items_a_sale(self) -> Decimal | None:
        """Items of a sale on average; None without sales."""
        return Decimal(self.items) / self.sales if self.sales else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a figure was before, and by how many percent it differs now; both None if there is nothing to compare."""

    value: Decimal | None
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure of the day, against the same weekday last week and the average of the last four."""

    value: Decimal | None
    last_week: Comparison
    average: Comparison


Figure = Callable[[Totals], Decimal | None]


def key_figure(of: Figure, today: Totals, last_week: Totals, weeks: Totals) -> KeyFigure:
    """Compare a figure of today with that of last week, and with that of several weeks together."""
    value = of(today)
    return KeyFigure(
        value,
        compared(value, of(last_week) if last_week.days else None),
        compared(value, of(weeks) if weeks.days else None),
    )


def compared(now: Decimal | None, before: Decimal | None) -> Comparison:
    """Compare a figure with what it was before; None stands for no figure."""
    # 5508.00 and 5166.50 -> 6.6 percent more
    change = percent(now - before, before) if now is not None and before else None
    return Comparison(before, change)
