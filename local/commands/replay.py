"""`replay`: call the function `replay`, page by page, and print the outcome of each file."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity
from local.client import Clients, invoke
from local.cloud.resources import names
from local.console import show
from local.state import Run, State

F = TypeVar("F", bound=Callable[..., Any])
BAD: Final = {"refused", "failed"}
DETAILS: Final = {
    "unchanged": "nothing new",
    "superseded": "a newer file of this name is loaded",
}
"""The sentences for outcomes for which the function gives none."""


def _only(name: str, metavar: str, sentence: str) -> Callable[[F], F]:
    """Return an option that narrows a replay if it is not empty."""
    return click.option(name, default="", show_default=False, metavar=metavar, help=sentence)


@click.command("replay", epilog="Example: python -m local replay --store Leeds --since 2022-03-14 --dry-run")
@click.option(
    "--from",
    "source",
    type=click.Choice(["archive", "raw"]),
    default="archive",
    help="Load archived files, or files in the raw bucket.",
)
@_only("--prefix", "TEXT", "Only files whose name begins with this.")
@_only("--store", "NAME", "Only files with a sale of this store.")
@_only("--since", "DAY", "Only files uploaded on this day or later.")
@_only("--until", "DAY", "Only files uploaded on this day or earlier.")
@click.option("--dry-run", is_flag=True, help="Show each file's outcome, but change nothing.")
@click.pass_obj
def command(folder: Path, /, *, dry_run: bool, **selection: str) -> int:
    """Load archived or raw files again.

    Prints a line about each file. The exit code is 1 if a file was refused or failed.
    """
    counts: Counter[str] = Counter()
    for file in _files(State.open(folder).running(), selection | {"dry_run": dry_run}):
        counts[file["outcome"]] += 1
        show(_line(file, dry_run=dry_run))
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no file"
    show(f"{'Dry run, nothing changed' if dry_run else 'Replayed'}: {summary}")
    return 1 if BAD & counts.keys() else 0


def _files(run: Run, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the function's result for each file, page by page."""
    function = names(run.stage).function("replay")
    is_first = True
    while is_first or event["after"]:
        page = invoke(Clients.of(run), function, event)
        yield from page["files"]
        event, is_first = event | {"after": page["after"]}, False


def _line(file: dict[str, Any], *, dry_run: bool) -> str:
    """Return a file's line, such as `leeds.csv: would be loaded: 382 sales, 2,345.60`."""
    outcome = file["outcome"]
    prefix = "would be " if dry_run and outcome != "unchanged" else ""
    return ": ".join(filter(None, [escaped(file["object_key"]), f"{prefix}{outcome}", _detail(file)]))


def _detail(file: dict[str, Any]) -> str:
    if file["outcome"] == "loaded" and not file["sentence"]:
        return f"{quantity(file['sales'], 'sale')}, {file['total']}"
    return str(file["sentence"] or DETAILS.get(file["outcome"], ""))
