"""Large files: parsing and splitting one, compared with pandas; the memory that the ingest of a larger one takes."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from bench import large_files
from bench.figures import Figure
from bench.plan import Plan
from bench.timing import seconds, without_warm_up

BAR: Final = 2.0
PEAK_BAR: Final = 400.0
"""MB that the ingest of the largest file may take, of the 1,855 that its function has."""


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield the ratio of parsing and splitting to `read_csv`, and the peak memory."""
    title = f"parse and split {plan.large_rows:,} rows ÷ pandas.read_csv"
    yield Figure.ratio(title, time_reading(plan.large_rows, plan.rounds), BAR)
    title = f"peak memory of ingest, {plan.largest_rows:,} rows"
    yield Figure(title, [peak_of_ingest(plan.largest_rows)], PEAK_BAR, unit="MB")


def time_reading(rows: int, rounds: int) -> dict[str, list[float]]:
    """Time parsing and splitting one large file, and `read_csv` with inferred types, in turns; return the seconds."""
    times: dict[str, list[float]] = {"parse and split": [], "read_csv": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        large_files.write(path, rows)
        content = path.read_bytes()
    for _ in range(rounds + 1):
        times["read_csv"].append(seconds(partial(large_files.read_csv, content)))
        times["parse and split"].append(seconds(partial(large_files.parse_and_split, content)))
    return without_warm_up(times)


def peak_of_ingest(rows: int) -> float:
    """Return the peak memory, in MB, of the ingest of one file with a number of rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "largest.csv"
        large_files.write(path, rows)
        return large_files.peak_of_ingest(path)
