"""The ingest of day files, without S3 and SQS, compared with pandas' reading of the same files as text."""

import io
from collections.abc import Iterator
from functools import partial
from typing import Final

import pandas as pd

from bench import day_files
from bench.figures import Figure
from bench.plan import Plan
from bench.staging import MemoryParts, ingest
from bench.timing import seconds, without_warm_up

BAR: Final = 3.5


def read_csv(content: bytes) -> None:
    """Have pandas read a file as text."""
    pd.read_csv(io.BytesIO(content), header=None, dtype=str)


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield the ratio of ingest to `read_csv`."""
    times = time_ingest(day_files.contents(plan), plan.rounds)
    yield Figure.ratio("ingest of day files ÷ pandas.read_csv", times, BAR)


def time_ingest(files: day_files.Files, rounds: int) -> dict[str, list[float]]:
    """Time ingest and `read_csv` in turns, file by file as a function gets them; return the seconds of each round."""
    times: dict[str, list[float]] = {"ingest": [], "read_csv": []}
    for _ in range(rounds + 1):
        ours = theirs = 0.0
        parts = MemoryParts()
        for name, content in files:
            theirs += seconds(partial(read_csv, content))
            ours += seconds(partial(ingest, name, content, parts))
        times["ingest"].append(ours)
        times["read_csv"].append(theirs)
    return without_warm_up(times)
