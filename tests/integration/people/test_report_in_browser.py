"""A report in a real browser: it asks for nothing, everybody can read it, and it fits a phone and A4."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from chalicelib.people.report import page
from tests.support import browser
from tests.support.report_rows import busy_day, file_without_sales, large_day, report_rows

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason="Chromium is not installed.")

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

PHONE: Final = 390
SMALLEST_LETTERS: Final = 10
A4_PAGES: Final = 3

REPORTS: Final[dict[str, Callable[[], str]]] = {
    "busy": lambda: page.of_day(busy_day()),
    "all hours": lambda: page.of_day(busy_day(stores=3, hours=17)),
    "long names, large figures": lambda: page.of_day(large_day()),
    "without sales on the day": lambda: page.of_day(report_rows()),
    "empty": lambda: page.without_sales([file_without_sales("a_very_long_name" * 12 + ".csv")]),
}

LETTERS: Final = """() => [...document.querySelectorAll("body *")]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
    .filter(element => !["TITLE", "DESC", "title", "desc"].includes(element.tagName))
    .map(element => parseFloat(getComputedStyle(element).fontSize)
        * (element.getScreenCTM ? element.getScreenCTM().a : 1))"""
"""The sizes of all letters in pixels. Those of a chart become smaller together with it."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the file of a report."""
    path = tmp_path / "report.html"
    path.write_text(REPORTS[request.param](), encoding="utf-8")
    return path


@pytest.fixture
def offline(chromium: Browser) -> Iterator[BrowserContext]:
    """Return a phone without a network."""
    context = chromium.new_context(viewport={"width": PHONE, "height": 844}, offline=True)
    yield context
    context.close()


def opened(context: BrowserContext, report: Path) -> Page:
    """Open a report, with the tables of its charts unfolded."""
    tab = context.new_page()
    tab.goto(report.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    return tab


def test_a_report_asks_for_nothing_but_itself(offline: BrowserContext, report: Path) -> None:
    """Nor does its policy have to forbid anything."""
    addresses: list[str] = []
    messages: list[str] = []
    offline.on("request", lambda request: addresses.append(request.url))
    offline.on("console", lambda message: messages.append(message.text))

    opened(offline, report)

    assert (addresses, messages) == ([report.as_uri()], [])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(chromium: Browser, report: Path, scheme: Scheme) -> None:
    """Contrast, names of charts and tables, order of headings."""
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1120, "height": 900})
    try:
        results = Axe().run(opened(context, report))
    finally:
        context.close()

    assert {"color-contrast", "svg-img-alt", "td-headers-attr"} & {
        rule["id"] for rule in results.response["passes"]
    }
    assert results.violations_count == 0, results.generate_report()


def test_a_report_is_dark_where_people_want_it_dark(chromium: Browser, report: Path) -> None:
    colours = []
    for scheme in SCHEMES:
        context = chromium.new_context(color_scheme=scheme)
        colours.append(opened(context, report).evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()

    assert colours == ["rgb(255, 255, 255)", "rgb(14, 23, 21)"]


def test_a_report_fits_a_phone(offline: BrowserContext, report: Path) -> None:
    """Nothing has to be pushed sideways, and no letter is too small."""
    tab = opened(offline, report)

    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert min(tab.evaluate(LETTERS)) >= SMALLEST_LETTERS


def test_a_report_fits_three_sheets_of_paper(offline: BrowserContext, report: Path) -> None:
    printed = opened(offline, report).pdf(format="A4", prefer_css_page_size=True)

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= A4_PAGES
