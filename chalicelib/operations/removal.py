"""The function `remove`: it withdraws or erases a file, erases a customer, or throws a refused file away.

Each may be repeated: a second run finishes one that was killed. The warehouse comes first, so that a message that is
delivered meanwhile finds the ledger's row, and brings nothing back. docs/runbook.md says what no removal can reach.
"""

import time
from contextlib import closing
from typing import Any, Final

from chalicelib.operations.customer_erasure import erase_customer
from chalicelib.operations.discarding import discard
from chalicelib.operations.erasure import erase
from chalicelib.operations.removal_task import Task
from chalicelib.operations.withdrawal import withdraw
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse

WORK_SHARE: Final = 0.5
"""The share of the function's time after which no more archive copies are read: the next page goes on."""


def handle(event: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Do the removal that an event asks for, or in a dry run say what it would remove; return the figures.

    `seconds` are left to the function. An erasure of a customer goes page by page: `after` of its answer says where the
    next page begins, and is empty after the last. Raise `RequestError` if the event is invalid, or nothing matches.
    """
    until = time.monotonic() + seconds * WORK_SHARE
    task = Task.from_event(event)
    settings = Settings.from_environment()
    buckets = Buckets.from_settings(settings)
    with closing(Warehouse.from_settings(settings)) as warehouse:
        if task.action == "withdraw":
            return withdraw(task, warehouse, buckets)
        if task.action == "erase":
            return erase(task, warehouse, buckets, settings)
        if task.action == "discard":
            return discard(task, warehouse, buckets)
        return erase_customer(task, warehouse, buckets, settings, until=until)
