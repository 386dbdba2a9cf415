"""The page's HTML: whatever others wrote is escaped, in HTML and against invisible letters."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from chalicelib.people.advice import advice
from chalicelib.people.quantities import quantity
from chalicelib.people.report import page as report_page
from chalicelib.people.report import rounding
from chalicelib.people.report.html import templates
from local.page.mending import mending
from local.page.overview import Overview
from local.reports import COLUMNS, Report
from local.uploads import Outcome, Result

TEMPLATES: Final = Path(__file__).parent / "templates"
STYLES: Final = (report_page.TEMPLATES / "style.css", TEMPLATES / "page.css")
"""The report's style, and what the page has besides."""

STATUSES: Final = {
    "superseded": "replaced by a newer file",
    "duplicate": "a duplicate",
}
"""What people call a status of the ledger; the others are called by their own names."""

UNDECIDED: Final = "neither loaded nor refused yet; the list below shows when it is."


def page(overview: Overview, bucket: str, max_bytes: int) -> str:
    """Return the whole page. `max_bytes` is the size of the largest file that is taken."""
    return _render("page.html", overview=overview, bucket=bucket, max_bytes=max_bytes)


def check(report: Report) -> str:
    """Return what `check` says of a file, as a part of the page."""
    return _render("check.html", report=report)


def result(upload: Result) -> str:
    """Return the outcome of an upload, as a part of the page."""
    is_decided = upload.outcome is not Outcome.UNDECIDED  # its sentence would name the folder of the logs
    return _render(
        "result.html",
        name=upload.upload.key,
        sentence=upload.sentence if is_decided else UNDECIDED,
        status="loaded" if upload.outcome is Outcome.LOADED else "refused",
        remarks=upload.remarks,
    )


def style() -> bytes:
    """Return the style sheet."""
    return b"".join(path.read_bytes() for path in STYLES)


def script() -> bytes:
    """Return the script."""
    return (TEMPLATES / "page.js").read_bytes()


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = templates(TEMPLATES)
    environment.filters.update(
        advice=advice,
        mending=mending,
        number=rounding.number,
        pounds=rounding.pounds,
        quantity=quantity,
        column=lambda name: COLUMNS.get(name, name),
        status=lambda name: STATUSES.get(name, name),
    )
    return environment
