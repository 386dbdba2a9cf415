"""`withdraw`: take a loaded file out of the warehouse. It stays in ledger and archive."""

from pathlib import Path

import click

from local import removals
from local.console import show


@click.command(
    "withdraw", epilog="Example: python -m local withdraw sales.csv --store Leeds --day 2022-03-14"
)
@click.argument("key", metavar="KEY")
@click.option(
    "--store", default="", show_default=False, metavar="NAME", help="Only versions with sales of this store."
)
@click.option(
    "--day", default="", show_default=False, metavar="DAY", help="Only versions with sales of this day."
)
@click.option("--dry-run", is_flag=True, help="Show the versions, but change nothing.")
@click.pass_obj
def command(folder: Path, key: str, store: str, day: str, *, dry_run: bool) -> int:
    """Take a loaded file's sales out.

    KEY is the file's name in the bucket. Sales that other files contain count from these. The exit code is 2 if no
    version matches, and 1 if this has to be run again.
    """
    answer = removals.answer(folder, action="withdraw", object_key=key, store=store, day=day, dry_run=dry_run)
    lines = list(removals.file_lines(answer["files"], "withdrawn", dry_run=dry_run))
    if not dry_run and answer["copies"] < len(answer["files"]):
        lines.append("Not all of them are archived yet: run this once more in a few minutes.")
    show(*lines, *removals.ending(dry_run=dry_run))
    return 0 if dry_run or answer["copies"] == len(answer["files"]) else 1
