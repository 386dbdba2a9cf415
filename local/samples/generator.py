"""`generate`: made-up sales files as stores send them."""

import argparse
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tqdm import tqdm

from local.errors import LocalCloudError
from local.samples.menu import STORES
from local.samples.sales import file_name, generate_day, sales_of, to_csv


class ArgumentsError(LocalCloudError):
    """What was asked for cannot be generated."""

    status = 2


def write_files(  # noqa: PLR0913 - what a day is made of
    directory: Path,
    *,
    stores: Sequence[str],
    first_day: date,
    days: int,
    sales: int,
    seed: int,
    progress: bool = False,
    two_decimals: bool = False,
) -> list[Path]:
    """Write a file a store a day, each of about `sales` sales, and return their paths.

    Raises OSError if the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    wanted = [(store, first_day + timedelta(days=number)) for store in stores for number in range(days)]
    paths = []
    for store, day in tqdm(wanted, unit="file", leave=False, delay=0.5, disable=None if progress else True):
        sold = generate_day(store, day, sales=sales_of(store, day, sales, seed), seed=seed)
        path = directory / file_name(store, day)
        path.write_bytes(to_csv(store, sold, two_decimals=two_decimals).encode())
        paths.append(path)
    return paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `generate`."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("generated"),
        metavar="DIR",
        help="where to write (default: %(default)s)",
    )
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--store", action="append", metavar="NAME", help="a store by name; repeat it for more"
    )
    chosen.add_argument(
        "--stores", type=int, default=2, metavar="N", help="so many made-up stores (default: %(default)s)"
    )
    parser.add_argument(
        "--first-day", default="2022-03-14", metavar="YYYY-MM-DD", help="default: %(default)s"
    )
    parser.add_argument("--days", type=int, default=2, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--sales", type=int, default=300, metavar="N", help="about so many a file (default: %(default)s)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="the same seed, the same files (default: %(default)s)",
    )
    parser.add_argument(
        "--two-decimals", action="store_true", help="totals as 5.20, and a last line of one space"
    )


def run(args: argparse.Namespace) -> int:
    """Write the files and print their paths; raise `ArgumentsError` if that cannot be."""
    stores = list(dict.fromkeys(args.store)) if args.store else list(STORES[: args.stores])
    first_day = _first_day(args)
    _check(args, stores, first_day)
    try:
        paths = write_files(
            args.output,
            stores=stores,
            first_day=first_day,
            days=args.days,
            sales=args.sales,
            seed=args.seed,
            progress=True,
            two_decimals=args.two_decimals,
        )
    except OSError as exc:
        raise ArgumentsError(f"The files cannot be written to {args.output}: {exc.strerror}.") from exc
    print(*paths, sep="\n")
    return 0


def _first_day(args: argparse.Namespace) -> date:
    try:
        return date.fromisoformat(args.first_day)
    except ValueError as exc:
        raise ArgumentsError(f"--first-day is a date such as 2022-03-14, not {args.first_day}.") from exc


def _check(args: argparse.Namespace, stores: Sequence[str], first_day: date) -> None:
    for option in ("stores", "days", "sales"):
        if getattr(args, option) < 1:
            raise ArgumentsError(f"--{option} is a number from 1, not {getattr(args, option)}.")
    if not args.store and args.stores > len(STORES):
        raise ArgumentsError(f"--stores is {len(STORES)} at most; name more with --store.")
    for store in stores:
        if store != store.strip() or not store.isprintable() or not store or "/" in store:
            raise ArgumentsError(f"--store is a name such as {STORES[0]}, not {store!r}.")
    if len({file_name(store, first_day) for store in stores}) < len(stores):
        raise ArgumentsError("Two of these stores would write the same file.")
    if args.days > (date.max - first_day).days:
        raise ArgumentsError(f"No calendar has {args.days} days from {first_day}.")
