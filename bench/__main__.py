"""`python -m bench`: how fast the job is, as ratios within one run, and how much memory it takes.

The two sides of a ratio take turns, with parts in memory: neither S3 nor SQS is measured. The whole job runs in a
local cloud; the peak memory is that of its workers.
"""

import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import pandas as pd
import psutil

from bench import growth, large_files
from bench.memory import peak
from bench.staging import MemoryParts, in_memory, ingest
from chalicelib.load import transaction
from chalicelib.model import LoadRequest
from chalicelib.settings import Settings
from chalicelib.storage.staged import StagedParts
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local import warehouse
from local.cloud.options import Options
from local.cloud.postgres import Guardian
from local.commands.down import down
from local.commands.put import put
from local.commands.up import up
from local.errors import LocalCloudError
from local.samples import generator
from local.samples.menu import STORES
from local.state import State

FIRST_DAY: Final = date(2022, 3, 14)
STORE_COUNT: Final = 6
DAYS: Final = 25
SALES: Final = 309
ROUNDS: Final = 7
LARGE_ROWS: Final = 300_000
LARGEST_ROWS: Final = 3_000_000
LARGEST_PEAK: Final = 400 * 10**6 / 2**20
"""MiB that the ingest of the largest file may take, of the 1,769 that its function has."""
TIMEOUT_SECONDS: Final = 600.0
Files = list[tuple[str, bytes]]
"""Names and contents."""

FACTS: Final = ("transactions", "baskets")
TABLES: Final = (*FACTS, "stores", "customers", "products", "flavours", "load_files", "rejected_rows")


def read_csv(content: bytes) -> None:
    """Have pandas read a file as text."""
    pd.read_csv(io.BytesIO(content), header=None, dtype=str)


def seconds(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def time_ingest(files: Files) -> dict[str, list[float]]:
    """Time ingest and `read_csv` in turns, file by file as a function gets them; return the seconds of each round."""
    times: dict[str, list[float]] = {"ingest": [], "read_csv": []}
    for _ in range(ROUNDS + 1):  # the first round only warms up the caches, and is left out of the result
        ours = theirs = 0.0
        parts = MemoryParts()
        for name, content in files:
            theirs += seconds(partial(read_csv, content))
            ours += seconds(partial(ingest, name, content, parts))
        times["ingest"].append(ours)
        times["read_csv"].append(theirs)
    return {name: measured[1:] for name, measured in times.items()}


def time_reading(rows: int) -> dict[str, list[float]]:
    """Time parsing and splitting one large file, and `read_csv` with inferred types, in turns; return the seconds."""
    times: dict[str, list[float]] = {"parse and split": [], "read_csv": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        large_files.write(path, rows)
        content = path.read_bytes()
    for _ in range(ROUNDS + 1):
        times["read_csv"].append(seconds(partial(large_files.read_csv, content)))
        times["parse and split"].append(seconds(partial(large_files.parse_and_split, content)))
    return {name: measured[1:] for name, measured in times.items()}


def peak_of_largest(rows: int) -> float:
    """Return the peak memory, in MiB, of the ingest of one file with a number of rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "largest.csv"
        large_files.write(path, rows)
        return large_files.peak_of_ingest(path)


def time_load(files: Files) -> dict[str, list[float]]:
    """Time the load of all files in one batch, and COPY of the resulting fact tables, in turns; return the seconds."""
    parts = MemoryParts()
    requests = [ingest(name, content, parts) for name, content in files]
    with tempfile.TemporaryDirectory() as folder:
        state = State.open(Path(folder))
        server = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
        try:
            if not server.wait_until_ready():
                raise RuntimeError((state.logs / "postgres.log").read_text(encoding="utf-8"))
            return _time_load(requests, parts, server.url)
        finally:
            server.stop()


def _time_load(requests: list[LoadRequest], parts: StagedParts, url: str) -> dict[str, list[float]]:
    settings = Settings("", "", "", "", "", "", url, "")
    target = Warehouse.connect(url)
    schema.create(target)
    times: dict[str, list[float]] = {"load": [], "copy": []}
    for _ in range(ROUNDS + 1):
        # Every load starts from an empty warehouse, or it would find nothing new to do.
        target.execute(f"truncate {', '.join(TABLES)}")
        times["load"].append(seconds(lambda: transaction.load_together(requests, in_memory(parts), settings)))
        # COPY gets the same rows, into the same tables with the same indexes: that is the floor of a load.
        loaded = [_copied_out(url, table) for table in FACTS]
        target.execute(f"truncate {', '.join(FACTS)}")
        times["copy"].append(seconds(partial(_copy_in, url, loaded)))
    target.close()
    transaction.disconnect()
    return {name: measured[1:] for name, measured in times.items()}


def _copied_out(url: str, table: str) -> bytes:
    rows = io.BytesIO()
    with warehouse.connect(url) as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} to stdout", rows)
    return rows.getvalue()


def _copy_in(url: str, loaded: list[bytes]) -> None:
    with warehouse.connect(url) as connection, connection.cursor() as cursor:
        for table, content in zip(FACTS, loaded, strict=True):
            cursor.copy_expert(f"copy {table} from stdin", io.BytesIO(content))


def run_whole_job(paths: list[Path]) -> tuple[float, dict[str, float]]:
    """Upload all files to a local cloud; return the seconds, and the peak memory of each function's workers in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        state = State.open(Path(folder))
        if up(state, Options(), detach=True):
            raise LocalCloudError("The local cloud did not start.")
        try:
            with contextlib.redirect_stdout(io.StringIO()) as output:
                taken = seconds(lambda: put(state, paths, None, TIMEOUT_SECONDS))
            if output.getvalue().count(": loaded (") != len(paths):
                raise LocalCloudError(f"Not all files were loaded:\n{output.getvalue()}")
            return taken, _peaks(state.running().pid)
        finally:
            down(state)


def _peaks(supervisor: int) -> dict[str, float]:
    peaks: dict[str, float] = {}
    for process in psutil.Process(supervisor).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # processes of PostgreSQL come and go
            if name := process.environ().get("AWS_LAMBDA_FUNCTION_NAME"):
                peaks[name] = max(peaks.get(name, 0), peak(process.pid))
    return peaks


def show(title: str, times: dict[str, list[float]], bar: float) -> None:
    """Print the ratio of two measurements: the median of the ratios of all rounds, with the smallest and largest."""
    # Each round has its own ratio: a machine that slows down for a while slows both sides of it.
    (our_name, ours), (their_name, theirs) = times.items()
    ratios = sorted(mine / its for mine, its in zip(ours, theirs, strict=True))
    verdict = "within" if median(ratios) <= bar else "MISSES"
    print(
        f"{title}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}); {verdict} the bar of {bar:g}"
    )
    print(
        f"  {our_name} {median(ours):.3f} s, {their_name} {median(theirs):.3f} s, medians of {len(ours)} rounds"
    )


def show_growth() -> None:
    """Print how much longer a load takes with all the sales of years in the warehouse, right after a rush and later."""
    for figure in growth.measure():
        show(figure.title, figure.seconds, figure.bar)


def show_peak(largest: float) -> None:
    """Print the ratio of a peak in MiB to the largest that is accepted."""
    verdict = "within" if largest <= LARGEST_PEAK else "MISSES"
    share = f"{largest / LARGEST_PEAK:.2f} of {LARGEST_PEAK:.0f} MiB ({largest:.0f} MiB)"
    print(f"peak memory of ingest, {LARGEST_ROWS:,} rows: {share}; {verdict} the bar of 1")


def main() -> int:
    """Generate sample files, measure, and print the figures; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        paths = generator.write_files(
            Path(folder), stores=STORES[:STORE_COUNT], first_day=FIRST_DAY, days=DAYS, sales=SALES, seed=1
        )
        files = [(path.name, path.read_bytes()) for path in paths]
        sales = sum(content.count(b"\n") for _, content in files)
        print(f"{len(files)} files, {sales:,} sales, {sum(len(content) for _, content in files):,} bytes")
        show("ingest ÷ pandas.read_csv", time_ingest(files), bar=3.5)
        show("load ÷ COPY of the facts", time_load(files), bar=6)
        show_growth()
        show(f"parse and split {LARGE_ROWS:,} rows ÷ pandas.read_csv", time_reading(LARGE_ROWS), bar=2.5)
        show_peak(peak_of_largest(LARGEST_ROWS))
        taken, peaks = run_whole_job(paths)
        print(f"whole job: {sales / taken:,.0f} sales a second ({taken:.1f} s, upload included)")
        for name, peak in sorted(peaks.items()):
            print(f"  peak memory of {name}: {peak:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
