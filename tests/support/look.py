"""`make look`: makes the pictures of report and page in `docs/`, from made-up stores that are really loaded."""

import sys
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse.connection import Warehouse
from local.cloud.options import Options
from local.commands.down import down
from local.commands.put import put
from local.commands.up import up
from local.console import say, show
from local.samples import generator
from local.state import PROJECT, State
from tests.support.browser import CHROMIUM
from tests.support.local_cloud import LocalCloud
from tests.support.served_page import served_page

FIRST_DAY: Final = date(2022, 2, 28)
STORES: Final = {"Brackenford": 35, "Alder Cross": 35, "Dunley Quay": 35}
"""The stores, and the days on which each sends a file."""

LATER_DAY: Final = date(2022, 3, 15)
LATER_STORES: Final = {"Chalk Mill": 19}
"""Chalk Mill begins with a sample file that has mistakes, and its last file is missing."""

SAMPLES: Final = ("stock_list.csv", "chalk_mill_14-03-2022_07-00-00.csv")
PICTURES: Final = {"report-wide.png": (1120, 1450), "report-phone.png": (390, 1500)}
"""The pictures of the report, and their sizes in pixels."""

PAGE_PICTURE: Final = "page.png"
PAGE_SIZE: Final = (1060, 1240)
PAGE_SECONDS: Final = 60

TIMEOUT_SECONDS: Final = 300.0


def main() -> int:
    """Write the pictures; return 1, and say what is missing, if there is no browser or no cloud."""
    if not CHROMIUM:
        say("Chromium is missing: `apt-get install chromium` installs it.")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = folder / "report.html"
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            if not _load(State.open(folder / "state"), folder / "files", report, chromium):
                return 1
            _take_pictures(report, chromium)
            chromium.close()
    return 0


def _load(state: State, files: Path, report: Path, chromium: Browser) -> bool:
    """Load all files in a cloud of its own, write the report of the last day, and take the picture of the page."""
    paths = [
        path
        for stores, first_day in ((STORES, FIRST_DAY), (LATER_STORES, LATER_DAY))
        for store, days in stores.items()
        for path in generator.write_files(
            files, stores=[store], first_day=first_day, days=days, sales=250, seed=1
        )
    ]
    if up(state, Options(), detach=True):
        return False
    try:
        # The exit code is 1: a sample file is refused, and another one has rejected rows.
        put(state, [*paths, *(PROJECT / "samples" / name for name in SAMPLES)], None, TIMEOUT_SECONDS)
        with closing(Warehouse.connect(state.running().warehouse)) as warehouse:
            report.write_bytes(day_report(warehouse))
        _take_picture_of_page(state, chromium)
    finally:
        down(state)
    return True


def _take_picture_of_page(state: State, chromium: Browser) -> None:
    """Show the page with a file that is checked and has mistakes."""
    width, height = PAGE_SIZE
    with served_page(LocalCloud(state.folder)) as (url, _process):
        tab = chromium.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        tab.goto(url)
        tab.set_input_files("#files", PROJECT / "samples" / SAMPLES[-1])
        tab.get_by_role("button", name="Upload it").wait_for(timeout=PAGE_SECONDS * 1000)
        tab.screenshot(path=PROJECT / "docs" / PAGE_PICTURE)
        tab.close()
    show(str(PROJECT / "docs" / PAGE_PICTURE))


def _take_pictures(report: Path, chromium: Browser) -> None:
    for name, (width, height) in PICTURES.items():
        tab = chromium.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        tab.goto(report.as_uri())
        tab.screenshot(path=PROJECT / "docs" / name)
        show(str(PROJECT / "docs" / name))


if __name__ == "__main__":
    sys.exit(main())
