"""Writes made-up sales files as stores send them."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tqdm import tqdm

from local.samples.sales import file_name, generate_day, sales_of, to_csv


def write_files(  # noqa: PLR0913 - each is an option of `generate`
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
    """Write a file for each store and day, each with about this number of sales, and return their paths.

    Raises OSError if a file cannot be written, for example if the disk is full.
    """
    directory.mkdir(parents=True, exist_ok=True)
    store_days = [(store, first_day + timedelta(days=number)) for store in stores for number in range(days)]
    paths = []
    for store, day in tqdm(
        store_days, unit="file", leave=False, delay=0.5, disable=None if progress else True
    ):
        day_sales = generate_day(store, day, sales=sales_of(store, day, sales, seed), seed=seed)
        path = directory / file_name(store, day)
        path.write_bytes(to_csv(store, day_sales, two_decimals=two_decimals).encode())
        paths.append(path)
    return paths
