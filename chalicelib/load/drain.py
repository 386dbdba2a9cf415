"""A load at its time of day: it takes messages off the queue, as Lambda does it at once, until the queue is empty."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from chalicelib.load.queue import WAIT_SECONDS, LoadQueue, Record
from chalicelib.log import log_event

PATIENCE_SECONDS: Final = 20
"""Seconds for which SQS waits for a message that failed, which is as long as it can: it comes back after minutes."""

Load = Callable[[Sequence[Record]], Sequence[str]]
"""Loads a batch of messages, and returns the ids of those that failed."""


def drain(queue: LoadQueue, load: Load, *, until: float) -> dict[str, int]:
    """Load messages until none is left; return how many requests were loaded, and how many failed in the end.

    Messages that failed come back to the queue. The drain waits for them, so that a short failure of the warehouse does
    not hold them up until its next time. No batch is begun after the time `until` of the monotonic clock.
    """
    failed: set[str] = set()
    loaded = 0
    while time.monotonic() < until:
        records = queue.receive(PATIENCE_SECONDS if failed else WAIT_SECONDS)
        if not records and not failed:
            break
        ids = {record["messageId"] for record in records}
        failures = set(load(records)) if records else set()
        queue.delete([record for record in records if record["messageId"] not in failures])
        failed = (failed - ids) | failures
        loaded += len(ids - failures)
    log_event("drained", loaded=loaded, failed=len(failed))
    return {"loaded": loaded, "failed": len(failed)}
