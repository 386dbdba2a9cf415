"""`python -m bench.rivals.ours [in-turn]`: read, stage and load by Cafe ETL, with parts in memory.

As in the local cloud, two workers stage files while another loads what they have staged: what comes within a window,
and no more than a full batch. With `in-turn` one process does all of it, and loads no file before all are staged.
"""

import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from bench.load import load as load_batch
from bench.rivals.worker import serve
from bench.staging import MemoryParts, ingest
from chalicelib.load import transaction
from chalicelib.load.queue import MOST_RECORDS
from chalicelib.model import LoadRequest

INGEST_WORKERS: Final = 2
WINDOW_SECONDS: Final = 0.2
"""The time for which a file waits for others to be loaded with."""


class Staged(NamedTuple):
    """A file on its way from ingest to load."""

    request: LoadRequest
    parts: dict[str, bytes]
    staged_at: float


def stage(path: Path) -> Staged:
    """Ingest a file."""
    parts = MemoryParts()
    request = ingest(path.name, path.read_bytes(), parts)
    return Staged(request, parts.parts, time.monotonic())


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


def load_side_by_side(workers: Executor, paths: Sequence[Path], url: str) -> None:
    """Have workers stage files, and load those that they have staged, batch by batch."""
    waiting: SimpleQueue[Future[Staged]] = SimpleQueue()
    for path in paths:
        workers.submit(stage, path).add_done_callback(waiting.put)
    left = len(paths)
    while left:
        batch = next_batch(waiting, min(left, MOST_RECORDS))
        load(batch, url)
        left -= len(batch)
    transaction.disconnect()


def next_batch(waiting: "SimpleQueue[Future[Staged]]", most: int) -> list[Staged]:
    """Wait for a file and for those that come within its window; return them."""
    files = [waiting.get().result()]
    end = files[0].staged_at + WINDOW_SECONDS
    while len(files) < most:
        try:
            # When the window is over, what has come by then still belongs to the batch.
            files.append(waiting.get(timeout=max(end - time.monotonic(), 0)).result())
        except Empty:
            break
    return files


if __name__ == "__main__":
    if "in-turn" in sys.argv[1:]:
        serve(load_in_turn)
    else:
        with ProcessPoolExecutor(INGEST_WORKERS, multiprocessing.get_context("spawn")) as pool:
            serve(partial(load_side_by_side, pool))
