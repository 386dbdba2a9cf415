"""Reading files of many rows: how fast it is, and how much memory the ingest of one takes."""

import io
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pandas as pd

from bench.memory import peak
from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.staging import Staging
from chalicelib.model import Rules, SourceVersion
from chalicelib.reading import baskets, chunks, formats, sales_file
from chalicelib.reading.date_order import DateHints
from chalicelib.storage.raw import RawObject
from local.samples.menu import STORES
from local.samples.sales import generate_day, to_csv

FIRST_DAY: Final = datetime.fromisoformat("2022-03-14")
UPLOADED_AT: Final = datetime.fromisoformat("2026-01-01")
SALES: Final = 1000
"""The sales of one store on one day; the file joins many of them, as a head office may do."""


def write(path: Path, rows: int) -> None:
    """Write a file with a number of sales, of many stores and days."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(-(-rows // SALES)):  # rounded up: 2,500 rows are three days, the last with 500
            store, day = STORES[number % len(STORES)], FIRST_DAY + timedelta(days=number // len(STORES))
            count = min(SALES, rows - number * SALES)
            file.write(to_csv(store, generate_day(store, day.date(), sales=count, seed=1)))


def parse_and_split(content: bytes) -> None:
    """Read a file into sales and items; hashes, digests and gzip come later."""
    file = sales_file.recognise(io.BytesIO(content), DateHints(UPLOADED_AT), formats.FORMATS)
    for chunk in chunks.read(file):
        baskets.split(chunk.sales)


def read_csv(content: bytes) -> None:
    """Have pandas read a file, and infer the types of its columns."""
    pd.read_csv(io.BytesIO(content), header=None)


def peak_of_ingest(path: Path) -> float:
    """Return the peak memory, in MB, of a new process that stages a file."""
    command = [sys.executable, "-m", "bench.large_files", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(path: Path) -> int:
    """Stage a file without keeping the parts, and print the peak memory in MB; return the exit code."""
    version = SourceVersion(path.name, "", "", UPLOADED_AT, "")
    with path.open("rb") as content, Staging(0, bytes(32)) as staging:
        rules = Rules(max_file_bytes=path.stat().st_size)
        request = staged_request(RawObject(version, content, "", path.stat().st_size), staging, rules)
        for part in staging.parts:
            staging.packed(part)
    if request.reason or request.rows_rejected:
        sys.exit(
            f"Not every row was accepted: {request.rows_rejected:,} rows were rejected. {request.sentence}"
        )
    print(peak())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
