"""Figures: what is compared with what, and how it is rounded."""

from decimal import Decimal

import pytest

from chalicelib.people.report import rounding
from chalicelib.people.report.comparisons import Comparison, compared
from chalicelib.people.report.figures import DayFigure, HourFigure, figures
from chalicelib.people.report.rows import ProductRow
from tests.support.report_rows import days_before, hour_row, report_rows

ITEMS = {days_before(7): 4, days_before(14): 6}
PRODUCTS = [ProductRow("Latte", "", "", 5, Decimal("5.00"))]


def test_a_figure_is_compared_with_last_week_and_with_the_average_of_the_weeks_that_have_sales() -> None:
    """Two of the four Sundays before had sales: 2 for 4 pounds, and 2 for 6 pounds."""
    hours = [
        hour_row(),
        hour_row(days=7, revenue="4.00"),
        hour_row(days=14, revenue="6.00"),
        hour_row(days=1),
    ]

    result = figures(report_rows(hours=hours, items=ITEMS))

    assert result.revenue.value == Decimal("5.00")
    assert result.revenue.last_week == Comparison(Decimal("4.00"), Decimal("25.0"))
    assert result.revenue.average == Comparison(Decimal("5.00"), Decimal("0.0"))
    assert result.weekdays_with_sales == 2


def test_the_average_ticket_is_that_of_all_sales_of_the_weeks_together() -> None:
    """One sale for 9 pounds, three for 3 pounds: a sale was 3 pounds, not 5."""
    hours = [
        hour_row(sales=1, revenue="3.00"),
        hour_row(days=7, sales=1, revenue="9.00"),
        hour_row(days=14, sales=3, revenue="3.00"),
    ]

    result = figures(report_rows(hours=hours, items=ITEMS, products=PRODUCTS))

    assert result.ticket.average == Comparison(Decimal(3), Decimal("0.0"))
    assert result.items_a_sale.value == 5
    assert result.items_a_sale.average.value == Decimal("2.5")


def test_without_sales_there_is_nothing_to_compare_with() -> None:
    result = figures(report_rows(hours=[hour_row()]))

    assert result.sales.last_week == Comparison(None, None)
    assert result.sales.average == Comparison(None, None)
    assert compared(None, Decimal(1)) == Comparison(Decimal(1), None)


def test_a_day_without_sales_has_no_average_and_a_revenue_of_nothing() -> None:
    result = figures(report_rows(hours=[hour_row(days=7)]))

    assert result.revenue.value == 0
    assert result.revenue.last_week.change == -100
    assert (result.ticket.value, result.items_a_sale.value) == (None, None)


def test_hours_without_sales_between_others_are_shown() -> None:
    """Those of last week count, too."""
    result = figures(
        report_rows(hours=[hour_row(hour=9), hour_row("York", hour=9), hour_row(hour=7, days=7)])
    )

    assert result.hours == [HourFigure(7, 0, 2), HourFigure(8, 0, 0), HourFigure(9, 4, 0)]


def test_four_weeks_of_days_end_with_the_reports_day() -> None:
    """The Sunday four weeks ago is compared with, but not shown."""
    result = figures(report_rows(hours=[hour_row(days=28), hour_row(days=27), hour_row()]))

    assert len(result.days) == 28
    assert result.days[0] == DayFigure(days_before(27), Decimal("5.00"))
    assert result.days[1] == DayFigure(days_before(26), None)
    assert result.days[-1] == DayFigure(days_before(0), Decimal("5.00"))


def test_stores_without_sales_stand_behind_those_with_sales() -> None:
    hours = [
        hour_row("Bath"),
        hour_row("Leeds", revenue="9.00"),
        hour_row("Ayr", days=3),
        hour_row("York", days=7),
    ]

    result = figures(report_rows(hours=hours))

    assert [(store.store_name, store.sales) for store in result.stores] == [
        ("Leeds", 2),
        ("Bath", 2),
        ("Ayr", 0),
        ("York", 0),
    ]
    assert result.stores[-1].last_week == Comparison(Decimal("5.00"), None)


def test_the_hours_of_a_week_are_averages_of_the_days_with_sales() -> None:
    """On two Sundays 3 and 2 sales: 2.5, rounded up. On one of two Mondays nothing was sold at all."""
    hours = [hour_row(sales=3), hour_row(days=14), hour_row("York", days=6, sales=7)]

    [week_hour] = figures(report_rows(hours=hours)).week_hours

    assert week_hour.averages == [7, None, None, None, None, None, 3]


@pytest.mark.parametrize(
    ("value", "text"),
    [("8.325", "£8.33"), ("8.335", "£8.34"), ("1234567.5", "£1,234,567.50"), ("0", "£0.00")],
)
def test_halves_of_a_penny_are_rounded_up(value: str, text: str) -> None:
    """Python's own format rounds 8.325 to 8.32."""
    assert rounding.pounds(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [("6.6", "▲ 6.6% up"), ("-8.3", "▼ 8.3% down"), ("0.0", "= level")]
)
def test_a_change_has_a_sign_and_a_word(value: str, text: str) -> None:
    assert rounding.change(Decimal(value)) == text
