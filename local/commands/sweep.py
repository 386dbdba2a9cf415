"""`sweep`: have the function of that name look for what waits, and tell what it found."""

from argparse import ArgumentParser
from typing import Any

from local.client import invoke
from local.cloud.resources import names
from local.state import Run

MINUTES = 15


def add_arguments(command: ArgumentParser) -> None:
    """Add what a sweep may be told."""
    command.add_argument(
        "--minutes",
        type=float,
        default=MINUTES,
        metavar="N",
        help="leave files alone that were uploaded since (default: %(default)g)",
    )


def sweep(run: Run, minutes: float) -> int:
    """Print a line a fact; return 1 if a file is stuck or a store missing."""
    found = invoke(run.endpoint, names(run.stage).function("sweep"), {"minutes": minutes})
    for line in _lines(found):
        print(line)
    return 1 if found["files_stuck"] or found["stores_missing"] else 0


def _lines(found: dict[str, Any]) -> list[str]:
    return [
        *(f"stuck: {key}: sent again three times and still not loaded" for key in found["files_stuck"]),
        *(f"missing: {store}: no file today" for store in found["stores_missing"]),
        f"files sent again: {found['files_reingested']}",
        f"staged parts removed: {found['parts_removed']}",
        f"suspect sales: {found['suspect_sales']}",
    ]
