"""The end of a smoke test: what the warehouse holds of its file is told, and taken out again with its archive copy."""

import re
from contextlib import closing
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.errors import RequestError
from chalicelib.people.notices import log_event
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Storage
from chalicelib.warehouse.connection import Warehouse, script, scripts

WITHDRAWABLE: Final = re.compile(r"smoke_test_[\w-]+\.csv")
"""The keys of smoke tests: nothing else can be taken out. They stand in the function's policy, too."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a smoke test's file; take it out of warehouse and archive unless it is a dry run.

    Raise `RequestError` for any other file.
    """
    key, dry_run = event["withdraw"], bool(event.get("dry_run"))
    if not isinstance(key, str) or not WITHDRAWABLE.fullmatch(key):
        raise RequestError("Only the file of a smoke test can be withdrawn: smoke_test_….csv.")
    settings = Settings.from_environment()
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    warehouse = Warehouse.connect(
        settings.warehouse, copy_role=settings.copy_role, timeout=settings.load_timeout
    )
    with closing(warehouse):
        figures = withdraw(key, warehouse, dry_run=dry_run)
    if not dry_run:
        storage.archive.delete(key)
    log_event("withdrawn", object_key=key, dry_run=dry_run, **figures)
    return figures


def withdraw(key: str, warehouse: Warehouse, *, dry_run: bool) -> dict[str, Any]:
    """Return what the warehouse holds of a key: files, sales, items, and sums as text; delete it unless told not to."""
    warehouse.run(script("smoke_cleanup/withdrawn_files"))
    with warehouse.transaction():
        warehouse.execute(
            "insert into withdrawn_files (file_id) select file_id from load_files where object_key = %s",
            (key,),
        )
        [(files, sales, total, items, prices)] = warehouse.run(script("smoke_cleanup/figures"))
        if not dry_run:
            for path in scripts("smoke_cleanup/delete"):
                warehouse.run(path)
    return {"files": files, "sales": sales, "items": items, "total": str(total), "prices": str(prices)}
