"""Throwing a refused file away: its versions leave the raw bucket, and the ledger says so."""

from typing import Any

from chalicelib.errors import RequestError
from chalicelib.load.removal import rows_to_remove
from chalicelib.log import log_event
from chalicelib.model import Status
from chalicelib.operations.removal_task import Task
from chalicelib.operations.removed_files import removed
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse


def discard(task: Task, warehouse: Warehouse, buckets: Buckets) -> dict[str, Any]:
    """Throw all refused versions of a key away, and no other; may be repeated."""
    entries = rows_to_remove(warehouse, task.object_key, Status.DISCARDED)
    if not entries:
        raise RequestError(f"{task.object_key} has no refused version that could be thrown away.")
    # Two rows may be of the same bytes, one of them discarded before: each raw version counts once.
    raw_versions = list(
        dict.fromkeys(version for entry in entries for version in buckets.raw.with_bytes_of(entry.version))
    )
    if not task.dry_run:
        # The bucket comes first: a version that waits, and that the ledger does not refuse, would be ingested again.
        buckets.raw.delete_alone(raw_versions)
    files = removed(entries, Status.DISCARDED, warehouse, dry_run=task.dry_run)
    if not task.dry_run:
        log_event("file_discarded", object_key=task.object_key, files=len(files))
    return {"files": files, "raw_versions": len(raw_versions)}
