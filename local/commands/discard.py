"""`discard`: throw a refused file away."""

from pathlib import Path

import click

from chalicelib.people.quantities import quantity
from local import removals
from local.console import show


@click.command("discard", epilog="Example: python -m local discard stock_list.csv --dry-run")
@click.argument("key", metavar="KEY")
@click.option("--dry-run", is_flag=True, help="Show the versions, but change nothing.")
@click.pass_obj
def command(folder: Path, key: str, *, dry_run: bool) -> int:
    """Throw a refused file away.

    KEY is the file's name in the bucket. Only refused versions go. The exit code is 2 if there is none.
    """
    answer = removals.answer(folder, action="discard", object_key=key, dry_run=dry_run)
    lines = [
        *removals.file_lines(answer["files"], "discarded", dry_run=dry_run),
        f"raw bucket: {quantity(answer['raw_versions'], 'version')}",
        *removals.ending(dry_run=dry_run),
    ]
    show(*lines)
    return 0
