"""`generate`: write made-up sales files."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from local.errors import LocalCloudError, UsageError
from local.samples.generator import write_files
from local.samples.menu import STORES
from local.samples.sales import file_name

STORE_COUNT: Final = 2


def _at_least_one(_context: click.Context, option: click.Parameter, number: int | None) -> int | None:
    if number is not None and number < 1:
        raise UsageError(f"--{option.name} must be 1 or more, not {number}.")
    return number


def _day(_context: click.Context, _option: click.Parameter, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(f"--first-day must be a date such as 2022-03-14, not {text}.") from exc


@click.command("generate", epilog="Example: python -m local generate --output generated --days 7")
@click.option(
    "--output", type=Path, default=Path("generated"), metavar="FOLDER", help="Where to write the files."
)
@click.option(
    "--store", "names", multiple=True, metavar="NAME", help="The name of a store; repeat it for more stores."
)
@click.option(
    "--stores",
    type=int,
    callback=_at_least_one,
    metavar="N",
    help=f"The number of made-up stores, if --store is not used.  [default: {STORE_COUNT}]",
)
@click.option(
    "--first-day",
    default="2022-03-14",
    callback=_day,
    metavar="YYYY-MM-DD",
    help="The day of the first file.",
)
@click.option("--days", type=int, default=2, callback=_at_least_one, metavar="N", help="The number of days.")
@click.option(
    "--sales",
    type=int,
    default=300,
    callback=_at_least_one,
    metavar="N",
    help="The approximate number of sales per file.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="The same seed gives the same files.")
@click.option("--two-decimals", is_flag=True, help="Write totals as 5.20, and a last line of one space.")
def command(output: Path, names: tuple[str, ...], stores: int | None, first_day: date, **options: Any) -> int:
    """Write made-up sales files, one for each store and day.

    The paths of the files are printed, so that `put` can take them.
    """
    store_names = _stores(names, stores)
    _check(store_names, first_day, options["days"])
    try:
        paths = write_files(output, stores=store_names, first_day=first_day, progress=True, **options)
    except OSError as exc:
        raise LocalCloudError(f"Could not write the files to {output}: {exc.strerror}.") from exc
    print(*paths, sep="\n")
    return 0


def _stores(names: Sequence[str], count: int | None) -> list[str]:
    if names and count is not None:
        raise UsageError("--store and --stores cannot be used together.")
    if count is not None and count > len(STORES):
        raise UsageError(f"--stores must be {len(STORES)} at most; name more stores with --store.")
    return list(dict.fromkeys(names)) or list(STORES[: count or STORE_COUNT])


def _check(stores: Sequence[str], first_day: date, days: int) -> None:
    for store in stores:
        if store != store.strip() or not store.isprintable() or not store or "/" in store:
            raise UsageError(f"--store must be a name such as {STORES[0]}, not {store!r}.")
    if len({file_name(store, first_day) for store in stores}) < len(stores):
        raise UsageError("Two of these stores would write the same file.")
    if days > (date.max - first_day).days:
        raise UsageError(f"The calendar ends before {days} days from {first_day} are over.")
