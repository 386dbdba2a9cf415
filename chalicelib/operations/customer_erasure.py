"""The erasure of a customer: their sales become those of the store's unknown customer, in the archive, too."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, Final

from chalicelib.errors import DamagedPartError, RequestError
from chalicelib.ingest.customers import customer_hashes, key_id
from chalicelib.ingest.handler import fetched_hash_key
from chalicelib.load import removal
from chalicelib.log import log_event
from chalicelib.operations.removal_task import Task
from chalicelib.settings import Settings
from chalicelib.storage.archive import Archive
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.versions import ObjectVersion
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query

THREADS: Final = 8
"""Copies that are read at a time; each waits for S3 most of the time."""

BATCH_COPIES: Final = 64
"""Copies after which the function looks at the time."""


def erase_customer(
    task: Task, warehouse: Warehouse, buckets: Buckets, settings: Settings, *, until: float
) -> dict[str, Any]:
    """Erase a customer of a store by name, page by page; may be repeated. The name goes no further than its hash.

    Hashes made under an earlier hash key cannot be found by a name. The answer has the ids of such hash keys.
    """
    hash_key = fetched_hash_key(settings.hash_key_secret)
    [customer_hash] = customer_hashes([task.store_key], [task.customer], hash_key)
    if not customer_hash:
        raise RequestError("The name of the customer is empty.")
    sales = 0
    if not task.after:  # the first page
        parameters = {"store_key": task.store_key, "customer_hash": customer_hash}
        sales = (
            warehouse.execute(query("queries/sales_of_customer"), parameters)[0][0]
            if task.dry_run
            else removal.erase_customer(task.store_key, customer_hash, warehouse)
        )
    ids = {row[0].strip() for row in warehouse.execute(query("queries/hash_key_ids"))}
    copies = Copies(buckets.archive, customer_hash, dry_run=task.dry_run)
    after = copies.erase_hash(task.after, until)
    figures = {"sales": sales, "copies": copies.count, "copies_damaged": copies.damaged}
    if not task.dry_run:
        log_event("customer_erased", **figures, is_last_page=not after)
    return {**figures, "earlier_hash_keys": sorted(ids - {key_id(hash_key)}), "after": after}


class Copies:
    """The archive copies, from which a hash is taken out."""

    def __init__(self, archive: Archive, customer_hash: str, *, dry_run: bool) -> None:
        self._erase = partial(archive.erase_text, text=customer_hash, dry_run=dry_run)
        self._archive = archive
        self.count = 0
        """Copies that had the hash, in their newest version or in an older one."""
        self.damaged = 0
        """Objects of the archive that could not be read."""

    def erase_hash(self, after: str, until: float) -> str:
        """Go through the copies whose keys come after one; return the last key if the time is over, else nothing."""
        with ThreadPoolExecutor(THREADS) as pool:
            by_copy = self._by_copy(after)
            while batch := list(islice(by_copy, BATCH_COPIES)):
                for had_hash in pool.map(self._erase_in, batch):
                    self.count += had_hash
                after = batch[-1][-1].key
                if time.monotonic() > until:
                    return after
        return ""

    def _by_copy(self, after: str) -> Iterator[Sequence[ObjectVersion]]:
        versions = self._archive.versions_after(after)
        return (tuple(versions_of_copy) for _, versions_of_copy in groupby(versions, attrgetter("key")))

    def _erase_in(self, versions: Sequence[ObjectVersion]) -> bool:
        """Take the hash out of all versions of a copy; return whether one had it."""
        try:
            had_hash = [self._erase(version) for version in versions]  # all of them, not only the first
            return any(had_hash)
        except DamagedPartError as exc:
            log_event("copy_damaged", level=logging.ERROR, error=exc)
            self.damaged += 1
            return False
