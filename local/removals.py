"""Calls of the function `remove`, and the lines that its commands print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity
from local.client import Clients, invoke
from local.cloud.resources import names
from local.state import State


def answer(folder: Path, **event: Any) -> dict[str, Any]:
    """Call the function `remove` of a running cloud once; return its answer."""
    run = State.open(folder).running()
    return invoke(Clients.of(run), names(run.stage).function("remove"), event)


def file_lines(files: list[dict[str, Any]], status: str, *, dry_run: bool) -> Iterator[str]:
    """Yield a line on each version of a file, such as `leeds.csv of 14/03/2022 07:00:00: withdrawn: 382 sales`."""
    for file in files:
        uploaded = file["last_modified"].replace("T", " ")
        if file["status"] == status:
            outcome = f"{status} before"
        elif dry_run:
            outcome = f"would be {status}, is {file['status']}"
        else:
            outcome = ": ".join(filter(None, [status, _sales(file)]))
        yield f"{escaped(file['object_key'])} of {uploaded}: {outcome}"


def _sales(file: dict[str, Any]) -> str:
    """Return the sales that a version took with it; empty if it had none."""
    sales, others = file["sales"], file["sales_of_other_files"]
    if not sales and not others:
        return ""
    ending = f", {others:,} count from other files now" if others else ""
    return f"{quantity(sales, 'sale')}{ending}"


def ending(*, dry_run: bool) -> list[str]:
    """Return the last line of a dry run."""
    return ["Dry run, nothing changed"] if dry_run else []
