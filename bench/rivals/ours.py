"""`python -m bench.rivals.ours`: read, stage and load by Cafe ETL, with parts in memory and batches as deployed."""

from collections.abc import Sequence
from pathlib import Path

from bench.load import load as load_batch
from bench.rivals.worker import serve
from bench.staging import MemoryParts, ingest
from chalicelib.load import transaction
from chalicelib.load.queue import MOST_RECORDS


def load(paths: Sequence[Path], url: str) -> None:
    """Stage all files, and load them batch by batch."""
    parts = MemoryParts()
    requests = [ingest(path.name, path.read_bytes(), parts) for path in paths]
    for start in range(0, len(requests), MOST_RECORDS):
        load_batch(requests[start : start + MOST_RECORDS], parts, url)
    transaction.disconnect()


if __name__ == "__main__":
    serve(load)
