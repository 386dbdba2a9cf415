"""The page as a whole: one file that needs nothing else, and shows texts as texts."""

import re
from decimal import Decimal

import pytest

from chalicelib.people.report import page
from chalicelib.people.report.page import shade
from chalicelib.people.report.rows import PaymentRow, ProductRow
from tests.support.report_page import Page
from tests.support.report_rows import ODD_STORES, busy_day, file_without_sales, hour_row, report_rows

LARGEST = 100_000
PAGES = {
    "busy": lambda: page.of_day(busy_day()),
    "nothing": lambda: page.of_day(report_rows()),
    "empty": lambda: page.without_sales([]),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_without_scripts_or_addresses(name: str) -> None:
    """Its policy forbids everything but its own style."""
    html = PAGES[name]()

    assert not re.search(r"http|src=|<script|<link|@import|url\(", html)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in html


def test_a_page_of_twenty_stores_is_small() -> None:
    assert len(page.of_day(busy_day(stores=20, hours=24)).encode()) <= LARGEST


def test_the_same_rows_make_the_same_page() -> None:
    assert page.of_day(busy_day()) == page.of_day(busy_day())


def test_names_of_stores_are_texts() -> None:
    html = page.of_day(busy_day())

    names = {row[0] for row in Page(html.encode()).section("Stores").rows}
    assert set(ODD_STORES) <= names
    assert "&lt;script&gt;" in html
    assert "Zoë &amp; Söhne" in html


@pytest.mark.parametrize("store", ODD_STORES)
def test_names_of_stores_are_texts_in_charts_too(store: str) -> None:
    rows = report_rows(hours=[hour_row(store)], store_name=store)

    section = Page(page.of_day(rows).encode()).section("Sales by hour")

    assert section.charts["title"] == [f"Sales by hour, {store}"]


def test_letters_that_do_not_show_are_written_out() -> None:
    """U+202E would turn the rest of the line round."""
    html = page.without_sales([file_without_sales("leeds\u202egpj.csv")])

    assert Page(html.encode()).section("To be looked at").points == [
        r"leeds\u202egpj.csv: refused. The file is empty."
    ]


def test_every_chart_has_a_title_a_description_and_a_table_of_its_numbers() -> None:
    report = Page(page.of_day(busy_day()).encode())

    charts = [section for section in report.sections if section.charts]
    assert [section.heading for section in charts] == ["Sales by hour", "Revenue by day, four weeks"]
    for section in charts:
        assert len(section.charts["title"]) == len(section.charts["desc"]) == 1
        assert len(section.rows) in {13, 29}


def test_a_day_on_which_everything_was_free_has_a_report() -> None:
    rows = report_rows(
        hours=[hour_row(revenue="0.00")],
        products=[ProductRow("Tea", "", "", 2, Decimal("0.00"))],
        payments=[PaymentRow("CASH", 2, Decimal("0.00"))],
    )

    report = Page(page.of_day(rows).encode())

    assert report.section("Products").rows[1:] == [["Tea", "2", "£0.00", "0%"]]
    assert report.section("Flavours, payment, customers").paragraphs == ["Cash £0.00 (0%)"]


def test_only_the_first_points_are_shown() -> None:
    rows = report_rows(files_without_sales=[file_without_sales(f"{number}.csv") for number in range(13)])

    shown = Page(page.of_day(rows).encode()).section("To be looked at").points

    assert len(shown) == 11
    assert shown[-1] == "And 3 more."


def test_the_shade_grows_with_the_number() -> None:
    assert [shade(value, 290) for value in (None, 0, 1, 58, 59, 290)] == [0, 0, 1, 1, 2, 5]
    assert Decimal(shade(1, 1)) == 5
