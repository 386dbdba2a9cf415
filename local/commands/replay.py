"""`replay`: have the function of that name load files once more, page by page, and tell what became of each."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from local.client import invoke
from local.cloud.resources import names
from local.state import Run, State

F = TypeVar("F", bound=Callable[..., Any])
BAD = {"refused", "failed"}
WORDS = {
    "loaded": "{sales:,} sales, {total}",
    "settled": "nothing new",
    "superseded": "a newer file of this name is known",
}


def _only(name: str, metavar: str, words: str) -> Callable[[F], F]:
    """Return an option that narrows a replay if it is not empty."""
    return click.option(name, default="", show_default=False, metavar=metavar, help=words)


@click.command("replay", epilog="Example: python -m local replay --store Leeds --since 2022-03-14 --dry-run")
@click.option(
    "--from",
    "source",
    type=click.Choice(["archive", "raw"]),
    default="archive",
    help="Load archived files, or those in the raw bucket.",
)
@_only("--prefix", "TEXT", "Only files whose name begins with this.")
@_only("--store", "NAME", "Only files with a sale of this store.")
@_only("--since", "DAY", "Only files uploaded on this day or later.")
@_only("--until", "DAY", "Only files uploaded on this day or before.")
@click.option("--dry-run", is_flag=True, help="Show what would become of each file, and change nothing.")
@click.pass_obj
def command(folder: Path, /, *, dry_run: bool, **selection: str) -> int:
    """Load archived or raw files once more.

    A line says what became of each file. The exit code is 1 if one was refused or failed.
    """
    counts: Counter[str] = Counter()
    for file in _files(State.open(folder).running(), selection | {"dry_run": dry_run}):
        counts[file["outcome"]] += 1
        print(_line(file, dry_run=dry_run), flush=True)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no file"
    print(f"{'Dry run, nothing changed' if dry_run else 'Replayed'}: {summary}")
    return 1 if BAD & counts.keys() else 0


def _files(run: Run, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the function tells of each file, page by page."""
    function = names(run.stage).function("replay")
    is_first = True
    while is_first or event["after"]:
        page = invoke(run.endpoint, function, event)
        yield from page["files"]
        event, is_first = event | {"after": page["after"]}, False


def _line(file: dict[str, Any], *, dry_run: bool) -> str:
    """Return a file's line, such as `leeds.csv: would be loaded: 382 sales, 2,345.60`."""
    outcome = file["outcome"]
    words = file["sentence"] or WORDS.get(outcome, "").format_map(file)
    told = "would be " if dry_run and outcome != "settled" else ""
    return f"{file['object_key']}: {told}{outcome}{': ' if words else ''}{words}"
