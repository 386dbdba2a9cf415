"""The page in a real browser: files are checked, then uploaded, and everybody can read it."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.page.mending import MENDING
from local.state import PROJECT
from tests.support import browser
from tests.support.local_cloud import LocalCloud
from tests.support.served_page import served_page

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason="Chromium is not installed.")

RAW: Final = "ads-raw-data"
SAMPLES: Final = PROJECT / "samples"
CLEAN: Final = SAMPLES / "brackenford_14-03-2022_07-00-00.csv"
SPOILED: Final = SAMPLES / "chalk_mill_14-03-2022_07-00-00.csv"
REFUSED: Final = SAMPLES / "stock_list.csv"
REFUSAL: Final = "The first row looks like a header, but few of its headings are known."

MILLISECONDS: Final = 5_000
"""The time in which the page has to answer."""

PHONE: Final = 390
SMALLEST_LETTERS: Final = 10
VIEWS: Final[tuple[tuple[Literal["light", "dark"], int], ...]] = (
    ("light", 1120),
    ("dark", 1120),
    ("light", PHONE),
)
ATTACK: Final = """async url => {
    const body = "25/08/2021 09:00,Leeds,Jo Bloggs,Tea - 1.45,1.45,CASH,";
    const key = url.split("/")[3];
    const attempts = [
        {method: "PUT", body, headers: {"X-Cafe-Etl-Key": key}},
        {method: "PUT", body},
        {method: "POST", body, mode: "no-cors"},
    ];
    const attempt = options => fetch(`${url}upload?name=evil.csv`, options);
    return Promise.all(attempts.map(options => attempt(options).then(answer => answer.type, () => "failed")));
}"""
LETTERS: Final = """() => [...document.querySelectorAll("main *")]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
    .map(element => parseFloat(getComputedStyle(element).fontSize))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def url(cloud: LocalCloud) -> Iterator[str]:
    """Return the address of the page of the shared cloud."""
    with served_page(cloud) as (url, _process):
        yield url


@pytest.fixture
def tab(empty_cloud: LocalCloud, chromium: Browser, url: str) -> Iterator[Page]:
    """Return a tab with the page of an empty cloud; it must not ask anybody else, or for what is forbidden."""
    context = chromium.new_context(viewport={"width": 1120, "height": 900})
    context.set_default_timeout(MILLISECONDS)
    addresses: list[str] = []
    messages: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    context.on("console", lambda message: messages.append(message.text))
    tab = context.new_page()
    tab.goto(url)
    yield tab
    context.close()
    assert [address for address in addresses if not address.startswith((url, "data:"))] == []
    assert messages == []


def choose(tab: Page, *paths: Path) -> None:
    """Set files on the input, and wait until they are checked."""
    tab.set_input_files("#files", paths)
    expect(tab.get_by_role("button", name="Upload it")).to_have_count(len(paths), timeout=MILLISECONDS)


def upload(tab: Page) -> None:
    """Upload the only file."""
    tab.get_by_role("button", name="Upload it").click()


def test_a_file_is_checked_and_uploaded_when_it_is_told_to(empty_cloud: LocalCloud, tab: Page) -> None:
    with CLEAN.open(encoding="utf-8", newline="") as file:
        sales = len(list(csv.reader(file)))
    choose(tab, CLEAN)
    expect(tab.locator(".result")).to_contain_text(f"{sales} sales would be loaded")
    assert (empty_cloud.keys(RAW), empty_cloud.totals()["files"]) == ([], "0")

    upload(tab)

    expect(tab.locator(".result")).to_contain_text(f"loaded ({sales} sales", timeout=MILLISECONDS)
    row = tab.locator(".files tbody tr")
    expect(row).to_have_count(1, timeout=MILLISECONDS)
    expect(row).to_contain_text(CLEAN.name)
    expect(row.locator("b")).to_have_text("loaded", timeout=MILLISECONDS)
    assert empty_cloud.totals()["sales"] == str(sales)


def test_a_refused_file_shows_its_sentence_before_and_after(empty_cloud: LocalCloud, tab: Page) -> None:
    """It then lies in the raw bucket."""
    choose(tab, REFUSED)
    expect(tab.locator(".result")).to_contain_text(f"would be refused: {REFUSAL}")

    upload(tab)

    expect(tab.locator(".result")).to_contain_text(f"refused: {REFUSAL}", timeout=MILLISECONDS)
    expect(tab.locator(".result button")).to_have_count(0)
    row = tab.locator(".files tbody tr")
    expect(row).to_contain_text(f"refused: {REFUSAL}", timeout=MILLISECONDS)
    expect(row).to_contain_text("Compare its first rows")
    assert empty_cloud.keys(RAW) == [REFUSED.name]
    counts = tab.locator(".tile .value")
    expect(counts).to_have_text(["1", "0", "1", "0", "£0.00"], timeout=MILLISECONDS)
    empty_cloud.put(
        REFUSED
    )  # the ledger has no second entry for the same bytes: neither does this version wait
    tab.reload()
    assert tab.locator(".files tbody b").all_inner_texts() == ["refused"]


def test_every_bad_line_has_its_column_its_mistake_and_how_to_mend_it(
    empty_cloud: LocalCloud, tab: Page
) -> None:
    """As `check` has them; after the load the list has them, too."""
    [report] = json.loads(empty_cloud.run("check", "--json", str(SPOILED)).stdout)
    choose(tab, SPOILED)

    lines = [row.locator("th, td").all_inner_texts() for row in tab.locator(".result tbody tr").all()]
    assert [(int(line), sentence, mending) for line, _, sentence, mending in lines] == [
        (row["line_number"], row["sentence"], MENDING[row["reason"]]) for row in report["rejected_rows"]
    ]
    assert [column for _, column, _, _ in lines] == ["date and time", "items", "total", "items", "store"]
    upload(tab)
    expect(tab.locator(".result")).to_contain_text("5 rows rejected", timeout=MILLISECONDS)
    tab.locator("summary").click(timeout=MILLISECONDS)
    assert tab.locator(".files li").count() == len(lines)


def test_a_file_may_be_left(empty_cloud: LocalCloud, tab: Page) -> None:
    choose(tab, CLEAN)

    tab.get_by_role("button", name="Leave it").click()

    assert tab.locator(".result").count() == 0
    assert empty_cloud.keys(RAW) == []


def test_a_file_that_is_too_large_is_not_even_sent(tab: Page, tmp_path: Path) -> None:
    tab.evaluate("document.getElementById('drop').dataset.maxBytes = '5'")
    (tmp_path / "large.csv").write_bytes(b"123456")

    tab.set_input_files("#files", tmp_path / "large.csv")

    expect(tab.locator(".result")).to_contain_text("The file is larger than 5 bytes.")


def test_the_page_has_no_name_and_no_card_of_a_loaded_file(
    empty_cloud: LocalCloud, tab: Page, url: str
) -> None:
    """Nor have its report and what it says of rejected rows."""
    empty_cloud.put(CLEAN, SPOILED)
    canaries = set()
    for path in (CLEAN, SPOILED):
        with path.open(encoding="utf-8", newline="") as file:
            canaries |= {
                text for row in csv.reader(file) if len(row) == 7 for text in (row[2], row[6]) if text
            }
    pages = [tab.context.request.get(url + path).text() for path in ("", "report")]

    assert len(canaries) > 60
    assert all(CLEAN.stem.partition("_")[0].capitalize() in page or CLEAN.name in page for page in pages)
    assert [word for word in canaries if any(word in page for page in pages)] == []


def test_the_report_is_a_click_away(empty_cloud: LocalCloud, tab: Page) -> None:
    empty_cloud.put(CLEAN)

    tab.get_by_role("link", name="The last day with sales").click()
    assert tab.title() == "Sales of Monday, 14 March 2022"
    tab.go_back()
    tab.get_by_label("Another day").fill("2022-03-15")
    tab.get_by_role("button", name="Show the report").click()

    assert tab.title() == "Sales of Tuesday, 15 March 2022"


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
def test_everybody_can_read_the_page(
    empty_cloud: LocalCloud, tab: Page, scheme: Literal["light", "dark"], width: int
) -> None:
    """Axe finds nothing, nothing has to be pushed sideways, and no letter is too small."""
    empty_cloud.put(CLEAN, SPOILED, REFUSED)
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 844})
    choose(tab, SPOILED, REFUSED)
    expect(tab.locator(".files tbody tr")).to_have_count(3, timeout=MILLISECONDS)
    tab.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")

    results: Any = Axe().run(tab)

    assert results.violations_count == 0, results.generate_report()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert min(tab.evaluate(LETTERS)) >= SMALLEST_LETTERS
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 23, 21)"
    assert dark == (scheme == "dark")


def test_without_scripts_the_page_says_so(empty_cloud: LocalCloud, chromium: Browser, url: str) -> None:
    empty_cloud.put(REFUSED)
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(url)

    expect(tab.locator("noscript p")).to_contain_text("Scripts are off in this browser.")
    assert not tab.locator("#drop").is_visible()
    assert REFUSAL in tab.locator(".files").inner_text()
    context.close()


def test_a_page_whose_server_has_ended_says_so(empty_cloud: LocalCloud, chromium: Browser, url: str) -> None:
    """It recovers when the server answers again."""
    tab = chromium.new_page()
    tab.goto(url)

    tab.route("**/*", lambda route: route.abort())
    expect(tab.locator("#trouble")).to_contain_text("The page has ended", timeout=MILLISECONDS)
    tab.unroute("**/*")

    expect(tab.locator("#trouble")).to_be_hidden(timeout=MILLISECONDS)
    tab.close()


def test_a_foreign_page_cannot_send_a_file(empty_cloud: LocalCloud, chromium: Browser, url: str) -> None:
    """Not even one that got hold of the address: the browser asks first, and is not allowed."""
    tab = chromium.new_page()
    with browser.site("<!doctype html><title>Evil</title>") as (foreign, _reports):
        tab.goto(foreign)
        outcomes = tab.evaluate(ATTACK, url)
    tab.close()

    assert outcomes == ["failed", "failed", "opaque"]
    assert (empty_cloud.keys(RAW), empty_cloud.totals()["files"]) == ([], "0")
