"""`sweep`: call the function `sweep` and print its findings."""

from pathlib import Path
from typing import Any, Final

import click

from chalicelib.people.escapes import escaped
from local.client import Clients, invoke
from local.cloud.resources import names
from local.console import show
from local.errors import LocalCloudError
from local.state import State

POSTPONED: Final = "The warehouse does not answer: sweep again when it is back."


@click.command("sweep", epilog="Example: python -m local sweep --minutes 0")
@click.option(
    "--minutes",
    type=float,
    metavar="N",
    help="Ignore files uploaded less than N minutes ago; by default 15, or 15 hours while load requests wait.",
)
@click.pass_obj
def command(folder: Path, minutes: float | None) -> int:
    """Find stuck files, and stores that sent no file.

    The exit code is 1 if a file is stuck or a store is missing.
    """
    run = State.open(folder).running()
    event = {} if minutes is None else {"minutes": minutes}
    findings = invoke(Clients.of(run), names(run.stage).function("sweep"), event)
    if "postponed" in findings:
        raise LocalCloudError(POSTPONED)
    show(*_lines(findings))
    return 1 if findings["files_stuck"] or findings["stores_missing"] else 0


def _lines(findings: dict[str, Any]) -> list[str]:
    return [
        *(
            f"stuck: {escaped(key)}: sent again three times and still not loaded"
            for key in findings["files_stuck"]
        ),
        *(f"missing: {escaped(store)}: no file today" for store in findings["stores_missing"]),
        f"files sent again: {findings['files_reingested']}",
        f"staged parts removed: {findings['parts_removed']}",
        f"suspect sales: {findings['suspect_sales']}",
    ]
