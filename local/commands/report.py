"""`report`: write the report of a day as an HTML file."""

from contextlib import closing
from datetime import date
from pathlib import Path

import click

from chalicelib.errors import RequestError
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse.connection import Warehouse
from local.console import show
from local.errors import LocalCloudError, UsageError
from local.state import State


def _day(_context: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise UsageError(f"--day must be a date such as 2022-03-14, not {text}.") from exc


@click.command("report", epilog="Example: python -m local report --day 2022-03-14 --output report.html")
@click.option("--day", callback=_day, metavar="DAY", help="The day of sale.  [default: the last with sales]")
@click.option(
    "--store", default="", show_default=False, metavar="NAME", help="Only this store.  [default: all stores]"
)
@click.option(
    "--output",
    type=Path,
    metavar="FILE",
    help="Where to write the report.  [default: report.html in the state folder]",
)
@click.pass_obj
def command(folder: Path, day: date | None, store: str, output: Path | None) -> int:
    """Write a day's report as one HTML file.

    It needs no network: open it in a browser, print it, or send it. The path of the file is printed.
    """
    state = State.open(folder)
    path = output or state.folder / "report.html"
    with closing(Warehouse.connect(state.running().warehouse)) as warehouse:
        try:
            content = day_report(warehouse, day, store)
        except RequestError as exc:
            raise UsageError(str(exc)) from exc
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise LocalCloudError(f"Could not write the report to {path}: {exc.strerror}.") from exc
    show(str(path))
    return 0
