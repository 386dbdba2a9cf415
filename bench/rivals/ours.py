"""`python -m bench.rivals.ours [in-turn]`: read, stage and load by Cafe ETL, with parts in memory.

Ingest and load are two functions: here, too, one process stages files while another one loads those that are staged so
far, a full batch at most. With `in-turn` one process does all of it, and loads no file before all are staged.
"""

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from bench.load import load as load_batch
from bench.rivals.worker import serve
from bench.staging import MemoryParts, ingest
from chalicelib.load import transaction
from chalicelib.load.queue import MOST_RECORDS
from chalicelib.model import LoadRequest


class Staged(NamedTuple):
    """A file on its way from ingest to load."""

    request: LoadRequest
    parts: dict[str, bytes]


def stage(path: Path) -> Staged:
    """Ingest a file."""
    parts = MemoryParts()
    request = ingest(path.name, path.read_bytes(), parts)
    return Staged(request, parts.parts)


def load(files: Sequence[Staged], url: str) -> None:
    """Load files in one batch."""
    parts = MemoryParts()
    for file in files:
        parts.parts |= file.parts
    load_batch([file.request for file in files], parts, url)


def load_in_turn(paths: Sequence[Path], url: str) -> None:
    """Stage all files, and load them batch by batch."""
    staged = list(map(stage, paths))
    for start in range(0, len(staged), MOST_RECORDS):
        load(staged[start : start + MOST_RECORDS], url)
    transaction.disconnect()


def load_side_by_side(ingest_worker: Executor, paths: Sequence[Path], url: str) -> None:
    """Have another process stage files, and load those that it has staged, batch by batch."""
    waiting: SimpleQueue[Future[Staged]] = SimpleQueue()
    for path in paths:
        ingest_worker.submit(stage, path).add_done_callback(waiting.put)
    left = len(paths)
    while left:
        batch = next_batch(waiting)
        load(batch, url)
        left -= len(batch)
    transaction.disconnect()


def next_batch(waiting: "SimpleQueue[Future[Staged]]") -> list[Staged]:
    """Wait for a file; return it with all others that are staged so far, a full batch at most."""
    files = [waiting.get().result()]
    while len(files) < MOST_RECORDS and not waiting.empty():
        files.append(waiting.get().result())
    return files


if __name__ == "__main__":
    if "in-turn" in sys.argv[1:]:
        serve(load_in_turn)
    else:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            serve(partial(load_side_by_side, pool))
