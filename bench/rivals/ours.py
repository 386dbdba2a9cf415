"""`python -m bench.rivals.ours [in-turn]`: read, stage and load by Cafe ETL, with parts in memory.

Ingest and load are two functions: they run side by side, each in a process of its own. As they are deployed, a batch is
what has been staged meanwhile, at most a full one. With `in-turn` one process does all of it, and loads no file before
all are staged.
"""

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.load import load as load_batch
from bench.rivals.worker import serve
from bench.staging import MemoryParts, ingest
from chalicelib.load import transaction
from chalicelib.load.queue import MOST_RECORDS
from chalicelib.model import LoadRequest

if TYPE_CHECKING:
    from multiprocessing.queues import Queue, SimpleQueue


class Staged(NamedTuple):
    """A file on its way from ingest to load."""

    request: LoadRequest
    parts: dict[str, bytes]
    url: str
    """The warehouse to load it into."""


def load_in_turn(paths: Sequence[Path], url: str) -> None:
    """Stage all files, and load them batch by batch."""
    parts = MemoryParts()
    requests = [ingest(path.name, path.read_bytes(), parts) for path in paths]
    for start in range(0, len(requests), MOST_RECORDS):
        load_batch(requests[start : start + MOST_RECORDS], parts, url)
    transaction.disconnect()


class SideBySide:
    """Ingest in this process, and load in another one, which gets the staged files by a queue."""

    def __init__(self, staged: "Queue[Staged | None]", ended: "SimpleQueue[None]") -> None:
        self._staged = staged
        self._ended = ended

    def load(self, paths: Sequence[Path], url: str) -> None:
        """Stage files one after the other, and wait until the other process has loaded the last one."""
        for path in paths:
            parts = MemoryParts()
            request = ingest(path.name, path.read_bytes(), parts)
            self._staged.put(Staged(request, parts.parts, url))
        self._staged.put(None)
        self._ended.get()


@contextmanager
def side_by_side() -> Iterator[SideBySide]:
    """Start the process that loads, and end it afterwards."""
    context = multiprocessing.get_context("spawn")
    staged: Queue[Staged | None] = context.Queue()
    ended: SimpleQueue[None] = context.SimpleQueue()
    process = context.Process(target=load_what_comes, args=(staged, ended), daemon=True)
    process.start()
    try:
        yield SideBySide(staged, ended)
    finally:
        process.terminate()
        process.join()


def load_what_comes(staged: "Queue[Staged | None]", ended: "SimpleQueue[None]") -> None:
    """Load what is on the queue, batch by batch; after None, which ends a job, say so on the other queue."""
    while True:
        files, is_end = _batch(staged)
        if files:
            parts = MemoryParts()
            for file in files:
                parts.parts |= file.parts
            load_batch([file.request for file in files], parts, files[0].url)
        if is_end:
            transaction.disconnect()
            ended.put(None)


def _batch(staged: "Queue[Staged | None]") -> tuple[list[Staged], bool]:
    """Wait for a file; return it with those that have come too, and whether the job ends with them."""
    files: list[Staged] = []
    while not files or (len(files) < MOST_RECORDS and not staged.empty()):
        file = staged.get()
        if file is None:
            return files, True
        files.append(file)
    return files, False


if __name__ == "__main__":
    if "in-turn" in sys.argv[1:]:
        serve(load_in_turn)
    else:
        with side_by_side() as job:
            serve(job.load)
