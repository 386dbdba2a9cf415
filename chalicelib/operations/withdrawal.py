"""A withdrawal: the current versions of a key count no more. Their rows and copies stay, with that status."""

from typing import Any

from chalicelib.errors import RequestError
from chalicelib.load.removal import rows_to_remove
from chalicelib.log import log_event
from chalicelib.model import Status
from chalicelib.operations.removal_task import Task
from chalicelib.operations.removed_files import removed
from chalicelib.storage.archive import copy_key
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse


def withdraw(task: Task, warehouse: Warehouse, buckets: Buckets) -> dict[str, Any]:
    """Withdraw the current versions of a key, or those with sales of a store or a day; may be repeated.

    Their copies say so, so that no replay brings them back. Raw versions that still wait to be deleted are deleted.
    Rows that are withdrawn already are looked at, too: a run may have been killed before their copies said so.
    """
    entries = rows_to_remove(
        warehouse,
        task.object_key,
        Status.WITHDRAWN,
        store_key=task.store_key,
        day=task.date,
    )
    if not entries:
        which = " with these sales" if task.store or task.day else ""
        raise RequestError(f"{task.object_key} has no current version{which} that could be withdrawn.")
    files = removed(entries, Status.WITHDRAWN, warehouse, dry_run=task.dry_run)
    copies, waiting = 0, 0
    if not task.dry_run:
        for entry in entries:
            archive_key = copy_key(entry.object_key, entry.content_sha256, entry.file_id)
            copies += buckets.archive.set_status(archive_key, Status.WITHDRAWN)
            raw_versions = buckets.raw.with_bytes_of(entry.version)
            buckets.raw.delete_alone(raw_versions)
            waiting += len(raw_versions)
        log_event("file_withdrawn", object_key=task.object_key, files=len(files), copies=copies)
    return {"files": files, "copies": copies, "raw_versions": waiting}
