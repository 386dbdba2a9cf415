"""`summarise`: call the function `summarise`, which writes a day's report and sends its mails."""

from pathlib import Path
from typing import Any

import click

from chalicelib.people.escapes import escaped
from local.client import Clients, invoke
from local.cloud.resources import names
from local.console import show
from local.state import State


@click.command("summarise", epilog="Example: python -m local summarise --day 2022-03-14")
@click.option("--day", default="", metavar="DAY", help="The day of sale.  [default: yesterday, in UTC]")
@click.pass_obj
def command(folder: Path, day: str) -> int:
    """Write a day's report to the cloud, and mail its summary.

    `python -m local mails` shows the mails. The exit code is 1 if a store is missing, or the report failed.
    """
    run = State.open(folder).running()
    event = {"day": day} if day else {}
    findings = invoke(Clients.of(run), names(run.stage).function("summarise"), event)
    show(*_lines(findings))
    return 1 if findings["stores_missing"] or not findings["report"] else 0


def _lines(findings: dict[str, Any]) -> list[str]:
    return [
        *(f"missing: {escaped(store)}: no sales of this day" for store in findings["stores_missing"]),
        f"day: {findings['day']}",
        f"report: {findings['report'] or 'failed; see the log of summarise'}",
        f"stores with sales: {findings['stores_sold']}",
        f"files to correct: {findings['files_to_correct']}",
        f"mails to stores: {findings['mails_to_stores']}",
    ]
