"""`sweep`: have the function of that name look for what waits, and tell what it found."""

from pathlib import Path
from typing import Any, Final

import click

from local.client import invoke
from local.cloud.resources import names
from local.state import State

MINUTES: Final = 15.0


@click.command("sweep", epilog="Example: python -m local sweep --minutes 0")
@click.option(
    "--minutes",
    type=float,
    default=MINUTES,
    metavar="N",
    help="Leave files alone that are younger than this.",
)
@click.pass_obj
def command(folder: Path, minutes: float) -> int:
    """Find files that got stuck and stores that sent none.

    The exit code is 1 if a file is stuck or a store is missing.
    """
    run = State.open(folder).running()
    found = invoke(run.endpoint, names(run.stage).function("sweep"), {"minutes": minutes})
    for line in _lines(found):
        print(line)
    return 1 if found["files_stuck"] or found["stores_missing"] else 0


def _lines(found: dict[str, Any]) -> list[str]:
    return [
        *(f"stuck: {key}: sent again three times and still not loaded" for key in found["files_stuck"]),
        *(f"missing: {store}: no file today" for store in found["stores_missing"]),
        f"files sent again: {found['files_resent']}",
        f"staged parts removed: {found['parts_removed']}",
        f"suspect sales: {found['suspect_sales']}",
    ]
