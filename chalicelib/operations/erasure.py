"""An erasure: nothing of a file stays but its key, its digest, its version and the status `erased` in the ledger."""

from typing import Any

from chalicelib.errors import RequestError
from chalicelib.load.removal import contents_of, refused_copies, rows_to_remove
from chalicelib.log import log_event
from chalicelib.model import Status
from chalicelib.operations.queues import Message, Messages, messages
from chalicelib.operations.removal_task import Task
from chalicelib.operations.removed_files import removed
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse


def erase(task: Task, warehouse: Warehouse, buckets: Buckets, settings: Settings) -> dict[str, Any]:
    """Erase all versions of a key, and of every other key with one of their contents; may be repeated.

    The ledger comes first: what is delivered or archived meanwhile finds there that it is erased. The messages come
    last: as long as one of them is there, a second run finds what it names.
    """
    entries = rows_to_remove(warehouse, task.object_key, Status.ERASED)
    files = removed(entries, Status.ERASED, warehouse, dry_run=task.dry_run)
    own = [entry for entry in entries if entry.object_key == task.object_key]
    contents = contents_of(own, warehouse)
    # Their bytes are deleted with the others, alone: other versions of their keys stay.
    refused = refused_copies(task.object_key, contents, warehouse)
    files += removed(refused, Status.DISCARDED, warehouse, dry_run=task.dry_run)
    with messages(settings) as waiting:
        keys = {task.object_key, *(entry.object_key for entry in entries)}
        etags = {entry.etag for entry in own}
        traces = Traces(keys, contents, etags, waiting, buckets)
        if not entries and not traces.count:
            raise RequestError(f"Nothing is known of {task.object_key}, so nothing can be erased.")
        if not task.dry_run:
            traces.erase()
            log_event("file_erased", object_key=task.object_key, files=len(files), **traces.figures())
    return {
        "files": files,
        "keys": traces.keys,
        **traces.figures(),
        "messages_unread": waiting.unread,
    }


class Traces:
    """All that is left of a file outside of the warehouse: by its keys, and by its contents under other keys."""

    def __init__(
        self, keys: set[str], contents: set[str], etags: set[str], waiting: Messages, buckets: Buckets
    ) -> None:
        self._own = keys
        self._buckets = buckets
        self._waiting = waiting
        self._messages: list[Message] = [
            message for message in waiting.received if message.names(keys, contents)
        ]
        self._parts = buckets.staged.all_versions_of(keys, contents)
        self._copies = buckets.archive.all_versions_of(keys)
        self._raw_versions = buckets.raw.all_versions_of(keys, etags)

    @property
    def keys(self) -> list[str]:
        """The keys that are erased, and those under which a version with one of the contents still waits."""
        named = {key for message in self._messages for key in message.object_keys}
        return sorted({*self._own, *named, *(version.key for version in self._raw_versions)})

    @property
    def count(self) -> int:
        """The number of all traces."""
        return sum(self.figures().values())

    def figures(self) -> dict[str, int]:
        """Return the number of traces of each kind; the versions of an object and its delete markers count each."""
        return {
            "parts": len(self._parts),
            "copies": len(self._copies),
            "raw_versions": len(self._raw_versions),
            "messages": len(self._messages),
        }

    def erase(self) -> None:
        """Erase everything. Parts come before copies: a load that is archiving makes the copy from the part."""
        self._buckets.staged.erase(self._parts)
        self._buckets.archive.erase(self._copies)
        self._buckets.raw.erase(self._raw_versions)
        for message in self._messages:
            self._waiting.delete(message)
