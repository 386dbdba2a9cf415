"""The files of a removal, as its answer has them."""

from collections.abc import Iterable
from typing import Any

from chalicelib.load.ledger import Entry
from chalicelib.load.removal import Removed, remove
from chalicelib.model import Status
from chalicelib.warehouse.connection import Warehouse


def removed(
    entries: Iterable[Entry], status: Status, warehouse: Warehouse, *, dry_run: bool
) -> list[dict[str, Any]]:
    """Take rows of the ledger out that do not have a status yet, unless it is a dry run; return a line on each row."""
    entries = list(entries)
    remaining = [entry for entry in entries if entry.status is not status]
    results = {} if dry_run or not remaining else _by_id(remove(remaining, status, warehouse))
    return [_line(entry, results.get(entry.file_id)) for entry in entries]


def _by_id(results: Iterable[Removed]) -> dict[int, Removed]:
    return {result.entry.file_id: result for result in results}


def _line(entry: Entry, result: Removed | None) -> dict[str, Any]:
    """Return a row in the form of the answer; the sales are 0 in a dry run, and for a row that was removed before."""
    return {
        "object_key": entry.object_key,
        "last_modified": entry.last_modified.isoformat(),
        "status": entry.status,
        "sales": result.sales_lost + result.sales_restated if result else 0,
        "sales_of_other_files": result.sales_restated if result else 0,
    }
