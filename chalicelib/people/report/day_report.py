"""The day's report: one HTML file that needs no other file, no script and no network."""

from datetime import date

from chalicelib.people.report import page
from chalicelib.people.report.queries import read_rows, refused_files
from chalicelib.warehouse.connection import Warehouse


def day_report(warehouse: Warehouse, day: date | None = None, store: str = "") -> bytes:
    """Return the report of a day as HTML in UTF-8: of all stores, or of one.

    Without a day it is the last one with sales; an empty warehouse has a report, too. The same data gives the same
    bytes. The warehouse is only read, so a reader's rights are enough. Raise `RequestError` if no store has this name.
    """
    rows = read_rows(warehouse, day, store)
    html = page.of_day(rows) if rows else page.without_sales(refused_files(warehouse))
    return html.encode()
