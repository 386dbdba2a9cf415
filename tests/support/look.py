"""`make look`: makes the pictures of the report in `docs/`, from made-up stores that go through the whole pipeline."""

import sys
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

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

FIRST_DAY: Final = date(2022, 2, 28)
STORES: Final = {"Brackenford": 35, "Alder Cross": 35, "Dunley Quay": 35}
"""The stores, and the days on which each sends a file."""

LATER_DAY: Final = date(2022, 3, 15)
LATER_STORES: Final = {"Chalk Mill": 19}
"""Chalk Mill begins with a sample file that has mistakes, and its last file is missing."""

SAMPLES: Final = ("stock_list.csv", "chalk_mill_14-03-2022_07-00-00.csv")
PICTURES: Final = {"report-wide.png": (1120, 1450), "report-phone.png": (390, 1500)}
"""The pictures and their sizes in pixels."""

TIMEOUT_SECONDS: Final = 300.0


def main() -> int:
    """Write the pictures; return 1, and say what is missing, if there is no browser or no cloud."""
    if not CHROMIUM:
        say("Chromium is missing: `apt-get install chromium` installs it.")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = folder / "report.html"
        if not _write_report(State.open(folder / "state"), folder / "files", report):
            return 1
        _take_pictures(report)
    return 0


def _write_report(state: State, files: Path, report: Path) -> bool:
    """Load all files in a cloud of its own, and write the report of the last day."""
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
    finally:
        down(state)
    return True


def _take_pictures(report: Path) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (width, height) in PICTURES.items():
            tab = chromium.new_page(viewport={"width": width, "height": height}, color_scheme="light")
            tab.goto(report.as_uri())
            tab.screenshot(path=PROJECT / "docs" / name)
            show(str(PROJECT / "docs" / name))
        chromium.close()


if __name__ == "__main__":
    sys.exit(main())
