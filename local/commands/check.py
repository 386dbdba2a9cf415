"""`check`: print a report on each file, before it is loaded or afterwards."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import click

from chalicelib.settings import rules
from local import files
from local.console import say, show
from local.errors import UsageError
from local.reports import Report, of_file, of_ledger
from local.state import State

ROWS: Final = 10
"""The number of rejected rows of a file that are shown by default."""

UNCHECKED: Final = 2
"""The exit code when there is no report on a file, for example because the file is missing."""


@click.command("check", epilog="Example: python -m local check samples/*.csv")
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--loaded", is_flag=True, help="Report on the newest loaded file of each name, from the ledger."
)
@click.option("--json", "as_json", is_flag=True, help="Print the reports as a JSON list, for programs.")
@click.option(
    "--rows", type=int, default=ROWS, metavar="N", help="The number of rejected rows to show for each file."
)
@click.option(
    "--key",
    metavar="KEY",
    help="Check a single file as if it were uploaded under this key, such as leeds/a.csv.",
)
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    folder: Path, names: Sequence[str], rows: int, key: str | None, *, loaded: bool, as_json: bool
) -> int:
    """Show the mistakes in files, without loading them.

    The exit code is 0 if nothing is wrong, 1 if a file or a row of one is refused, 2 if a file could not be checked.
    """
    if rows < 0:
        raise UsageError(f"--rows must be 0 or more, not {rows}.")
    if key is not None and (loaded or len(names) > 1):
        raise UsageError("--key takes one file that is not loaded yet.")
    inspect = (
        partial(of_ledger, State.open(folder).running().warehouse)
        if loaded
        else partial(_of_file_name, key=key)
    )
    reports = list(_reports(names, partial(inspect, rows=rows)))
    if as_json:
        print(json.dumps([asdict(report) for report in reports], indent=2, default=str))
    else:
        for report in reports:
            show(*report.lines())
    if len(reports) < len(names):
        return UNCHECKED
    return 0 if all(report.is_clean for report in reports) else 1


def _reports(names: Iterable[str], inspect: Callable[[str], Report]) -> Iterator[Report]:
    """Yield a report on each file; if a file cannot be checked, say why and go on."""
    for name in names:
        try:
            yield inspect(name)
        except UsageError as exc:
            say(str(exc))


def _of_file_name(name: str, rows: int, key: str | None) -> Report:
    """Return the report on a file that a user names; raise `UsageError` if it cannot be read."""
    path = Path(name)
    files.ensure_readable(path)
    files.ensure_utf8(key or path.name, "rename the file")
    return of_file(path, rules(), rows, key)
