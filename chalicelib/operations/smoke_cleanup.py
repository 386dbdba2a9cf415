"""The function `smoke_cleanup`: it has a smoke test's file loaded, reports its figures, and removes it."""

import json
import re
from contextlib import closing
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.errors import RequestError
from chalicelib.log import log_event
from chalicelib.settings import Settings
from chalicelib.storage.archive import Archive, object_key
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query, script
from chalicelib.warehouse.versions import require_own_schema

SMOKE_TEST_KEY: Final = re.compile(r"smoke_test_[\w-]+\.csv")
"""The keys of smoke tests: nothing else can be removed. The function's policy allows no other key, either."""

EVERY_KEY: Final = "smoke_test_*"
"""In place of a key, it means the files of all smoke tests."""

DATED_KEY: Final = re.compile(r"smoke_test_\d\d-\d\d-\d{4}_\d\d-\d\d-\d\d\.csv")
"""The exact form of the keys that `infra/trial.py` makes. Files that nobody names one by one must have it."""

TIMEOUT: Final = 120
"""The `lambda_timeout` of `smoke_cleanup` in `.chalice/config.json`, in seconds."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a smoke test's file; remove it from warehouse and archive unless this is a dry run.

    The key `smoke_test_*` stands for the files of all smoke tests; the answer then has their keys, as `object_keys`,
    instead of figures. If the event says `load`, only have `load` take what waits on its queue: its next time of day
    may be hours away. Raise `RequestError` for any other file.
    """
    key, dry_run = event.get("object_key"), bool(event.get("dry_run"))
    if not isinstance(key, str) or not (key == EVERY_KEY or SMOKE_TEST_KEY.fullmatch(key)):
        raise RequestError("Only the file of a smoke test can be removed: smoke_test_….csv.")
    settings = Settings.from_environment()
    if event.get("load"):
        client("lambda").invoke(
            FunctionName=settings.load_function, InvocationType="Event", Payload=json.dumps({})
        )
        return {}
    archive = Buckets.from_settings(settings).archive
    with closing(Warehouse.from_settings(settings, timeout=TIMEOUT)) as warehouse:
        if key != EVERY_KEY:
            return _clean_up_both(key, warehouse, archive, dry_run=dry_run)
        keys = _keys(warehouse, archive)
        for leftover in keys:
            _clean_up_both(leftover, warehouse, archive, dry_run=dry_run)
    return {"object_keys": keys}


def _clean_up_both(key: str, warehouse: Warehouse, archive: Archive, *, dry_run: bool) -> dict[str, Any]:
    figures = clean_up(key, warehouse, dry_run=dry_run)
    if not dry_run:
        archive.delete(key)
    log_event("smoke_cleaned_up", object_key=key, dry_run=dry_run, **figures)
    return figures


def _keys(warehouse: Warehouse, archive: Archive) -> list[str]:
    """Return the keys of the smoke tests' files that the warehouse or the archive has, sorted."""
    loaded = {key for (key,) in warehouse.run(script("smoke_cleanup/keys"))}
    archived = {object_key(copy) for copy in archive.keys(EVERY_KEY.rstrip("*"))}
    return sorted(filter(DATED_KEY.fullmatch, loaded | archived))


def clean_up(key: str, warehouse: Warehouse, *, dry_run: bool) -> dict[str, Any]:
    """Return a key's figures in the warehouse: files, sales, items, and sums as text. Delete them unless `dry_run`."""
    warehouse.run(script("smoke_cleanup/smoke_files"))
    with warehouse.locked_transaction():
        require_own_schema(warehouse)
        warehouse.execute(query("queries/smoke_files"), {"object_key": key})
        [(files, sales, total, items, prices)] = warehouse.run(script("smoke_cleanup/figures"))
        if not dry_run:
            warehouse.run_folder("smoke_cleanup/delete")
    return {"files": files, "sales": sales, "items": items, "total": str(total), "prices": str(prices)}
