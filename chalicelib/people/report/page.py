"""The pages of a report: figures become HTML. Texts of others are escaped, in HTML and against invisible letters."""

from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from chalicelib.people.escapes import escaped
from chalicelib.people.report import attention, rankings, rounding
from chalicelib.people.report.charts import CROSS, Bar, bar_chart
from chalicelib.people.report.figures import Figures, figures
from chalicelib.people.report.html import templates
from chalicelib.people.report.ledger import Cell, ledger
from chalicelib.people.report.periods import WEEK, ledger_days
from chalicelib.people.report.rows import FileWithoutSales, ReportRows

TEMPLATES: Final = Path(__file__).parent / "templates"
MOST_POINTS: Final = 10
MOST_PRODUCTS: Final = 10
MOST_FLAVOURS: Final = 6
LEVELS: Final = 5
"""Shades of the table of hours."""

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SIGNS: Final = {
    Cell.LOADED: "✓",
    Cell.LATE: "L",
    Cell.PARTLY_REJECTED: "P",
    Cell.REFUSED: "R",
    Cell.CLOSED: "C",
    Cell.MISSING: CROSS,
}


def of_day(rows: ReportRows) -> str:
    """Return the report of a day as HTML."""
    day_figures = figures(rows)
    return _render(
        "day.html",
        rows=rows,
        figures=day_figures,
        points=attention.points(rows),
        products=rankings.products(rows.products),
        flavours=rankings.flavours(rows.products),
        last_week=rows.day - WEEK,
        hours_chart=_hours_chart(rows, day_figures),
        days_chart=_days_chart(rows, day_figures),
        busiest=max(
            (average or 0 for hour in day_figures.week_hours for average in hour.averages), default=0
        ),
        ledger=ledger(rows),
        ledger_days=ledger_days(rows.day),
    )


def without_sales(refused: list[FileWithoutSales]) -> str:
    """Return the report of a warehouse that has no sales."""
    return _render("empty.html", points=attention.refused_points(refused))


def shade(value: int | None, highest: int) -> int:
    """Return the shade of a number of the table of hours: 0 for none, 5 for the highest."""
    # Of 290 sales at most: 5 -> 1, 168 -> 3, 290 -> 5
    return -(-value * LEVELS // highest) if value else 0


def _hours_chart(rows: ReportRows, day_figures: Figures) -> Markup:
    hours = day_figures.hours
    best = max(hours, key=lambda hour: hour.sales, default=None)
    description = (
        f"Sales of each hour from {hours[0].hour}:00 to {hours[-1].hour}:59."
        f" The most were {best.sales:,}, from {best.hour}:00 on."
        if best
        else "Nothing was sold."
    )
    bars = [
        Bar(str(hour.hour), Decimal(hour.sales), None if hour.last_week is None else Decimal(hour.last_week))
        for hour in hours
    ]
    return bar_chart("hours", _title("Sales by hour", rows), description, bars, rounding.number)


def _days_chart(rows: ReportRows, day_figures: Figures) -> Markup:
    days = day_figures.days
    sold = [figure.revenue for figure in days if figure.revenue is not None]
    first = next((number for number, figure in enumerate(days) if figure.revenue is not None), len(days))
    description = (
        f"Revenue of each day from {rounding.full_day(days[0].day)} to {rounding.full_day(rows.day)}:"
        f" from {rounding.pounds(min(sold))} to {rounding.pounds(max(sold))} on days with sales."
        if sold
        else "Nothing was sold."
    )
    bars = [
        Bar(
            rounding.short_day(figure.day) if number % 7 == 0 else "",
            figure.revenue,
            is_strong=figure.day.weekday() == rows.day.weekday(),
            is_missing=number > first and figure.revenue is None,
        )
        for number, figure in enumerate(days)
    ]
    return bar_chart("days", _title("Revenue by day, four weeks", rows), description, bars, _whole_pounds)


def _title(title: str, rows: ReportRows) -> str:
    return f"{title}, {escaped(rows.store_name)}" if rows.store_name else title


def _whole_pounds(value: Decimal) -> str:
    return f"£{value:,f}"


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = templates(TEMPLATES)
    environment.filters.update(
        pounds=rounding.pounds,
        number=rounding.number,
        change=rounding.change,
        full_day=rounding.full_day,
        short_day=rounding.short_day,
        shade=shade,
    )
    environment.globals.update(
        pounds=rounding.pounds,
        number=rounding.number,
        two_decimals=partial(rounding.number, places=2),
        share=partial(rounding.percent, places=0),
        signs=SIGNS,
        weekdays=WEEKDAYS,
        most_points=MOST_POINTS,
        most_products=MOST_PRODUCTS,
        most_flavours=MOST_FLAVOURS,
    )
    return environment
