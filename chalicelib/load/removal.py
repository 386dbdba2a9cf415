"""What a person takes out of the warehouse: files that are withdrawn, erased or discarded, and erased customers.

Sales that other current files state count as theirs from then on. Each removal is one locked transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from chalicelib.load import ledger
from chalicelib.load.changes import DROP, NOBODY, carry_out, days_of_files, stated_days
from chalicelib.load.decisions import CURRENT, Decisions, decide_removal
from chalicelib.load.ledger import Entry
from chalicelib.load.moves import NOWHERE, TRANSACTIONS, Move
from chalicelib.load.transaction import create_staging
from chalicelib.model import Status
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import query
from chalicelib.warehouse.versions import require_own_schema

REMOVABLE: Final = {
    Status.WITHDRAWN: CURRENT,
    Status.ERASED: frozenset(Status),
    Status.DISCARDED: frozenset({Status.REFUSED}),
}
"""The statuses of the files that can be withdrawn, erased or discarded."""


class Removed(NamedTuple):
    """A file that was removed."""

    entry: Entry
    """Its row of the ledger, as it was before."""
    sales_lost: int
    """Its sales that count no more."""
    sales_restated: int
    """Its sales that other current files state, and that count as theirs now."""


def rows_to_remove(
    warehouse: Warehouse, object_key: str, status: Status, *, store_key: str = "", day: date | None = None
) -> list[Entry]:
    """Return the rows that a removal of a key takes; of a store and day, those that state sales of it.

    Rows that have the status already are among them: a removal that was killed after its commit is to be finished. An
    erasure takes all versions of the key, and of every other key that has had one of their contents with its sales.
    """
    entries = ledger.entries_of({object_key}, (), warehouse).rows
    rows = [
        entry
        for entry in entries
        if entry.object_key == object_key and entry.status in REMOVABLE[status] | {status}
    ]
    if status is Status.ERASED:
        same_content = ledger.entries_of((), contents_of(rows, warehouse), warehouse).rows
        # Two stores that were closed once have sent the same bytes, a header: that makes no copy of a file.
        copies = [entry for entry in same_content if entry.has_sales or entry.status is Status.ERASED]
        keys = {object_key, *(entry.object_key for entry in copies)}
        return [entry for entry in ledger.entries_of(keys, (), warehouse).rows if entry.object_key in keys]
    if rows and (store_key or day):
        stating = _stating(rows, warehouse, store_key=store_key, day=day)
        return [entry for entry in rows if stating & {entry.file_id, entry.sales_file_id}]
    return rows


def contents_of(entries: Collection[Entry], warehouse: Warehouse) -> set[str]:
    """Return the digests of files, and those that the same bytes have under keys that nobody reads.

    The digest of a file that is refused for its key, its size or its storage class is not that of its bytes alone, but
    S3's eTag is.
    """
    digests = {entry.content_sha256 for entry in entries}
    return digests | ledger.contents_with_etags({entry.etag for entry in entries}, warehouse)


def refused_copies(object_key: str, contents: Iterable[str], warehouse: Warehouse) -> list[Entry]:
    """Return the refused files that have one of the contents of a key, under other keys."""
    rows = ledger.entries_of((), contents, warehouse).rows
    return [entry for entry in rows if entry.status is Status.REFUSED and entry.object_key != object_key]


def _stating(
    rows: Sequence[Entry], warehouse: Warehouse, *, store_key: str, day: date | None
) -> set[int | None]:
    """Return the numbers of the files that state sales of a store, of a day, or of both."""
    file_ids = {file_id for entry in rows for file_id in (entry.file_id, entry.sales_file_id)}
    parameters = {
        "file_ids": tuple(file_ids - {None}),
        "store_key": store_key,
        "since": day or date.min,
        "until": day or date.max,
    }
    return {file_id for (file_id,) in warehouse.execute(query("queries/stating_files"), parameters)}


def remove(entries: Collection[Entry], status: Status, warehouse: Warehouse) -> list[Removed]:
    """Withdraw, erase or discard files, and return what that did; files of another status by now are left out."""
    with warehouse.locked_transaction():
        create_staging([], warehouse)
        rows = ledger.entries_of(
            {entry.object_key for entry in entries}, {entry.content_sha256 for entry in entries}, warehouse
        ).rows
        file_ids = {entry.file_id for entry in entries}
        removed = [entry for entry in rows if entry.file_id in file_ids and entry.status in REMOVABLE[status]]
        decisions = decide_removal(rows, {entry.file_id for entry in removed}, status)
        moves = carry_out(decisions, stated_days(rows, warehouse), warehouse).moves
        if status is Status.ERASED:
            warehouse.run_folder("removal/erase", {"file_ids": (*file_ids, NOBODY)})
        warehouse.run_folder(DROP)
    return [_removed(entry, moves) for entry in removed]


def _removed(entry: Entry, moves: Sequence[Move]) -> Removed:
    left = [
        move
        for move in moves
        if move.file_id == entry.sales_file_id
        and (move.place_before, move.place_after) == (TRANSACTIONS, NOWHERE)
    ]
    lost = sum(move.sales for move in left if move.taken_over_by is None)
    return Removed(entry, lost, sum(move.sales for move in left) - lost)


def erase_customer(store_key: str, customer_hash: str, warehouse: Warehouse) -> int:
    """Give a customer's sales to the store's unknown customer, and return how many they are; forget the hash."""
    with warehouse.locked_transaction():
        require_own_schema(warehouse)
        customers = warehouse.execute(
            query("queries/customer"), {"store_key": store_key, "customer_hash": customer_hash}
        )
        if not customers:
            return 0
        [(store_id, customer_id, unknown_customer_id)] = customers
        files = warehouse.execute(query("removal/customer_files"), {"customer_id": customer_id})
        if files and unknown_customer_id is None:
            # As for any customer: the number of the first sale.
            unknown_customer_id = min(first for _, first, _ in files)
            warehouse.insert(
                "customers",
                ("customer_id", "store_id", "customer_hash", "hash_key_id"),
                [(unknown_customer_id, store_id, "", "")],
            )
        warehouse.run_folder(
            "removal/erase_customer",
            {"customer_id": customer_id, "unknown_customer_id": unknown_customer_id},
        )
        _decide_anew(unknown_customer_id, [file_id for file_id, _, _ in files], warehouse)
    return sum(sales for _, _, sales in files)


def _decide_anew(unknown_customer_id: int, file_ids: Collection[int], warehouse: Warehouse) -> None:
    """Decide which sales count, of the visits with sales that have no name any more."""
    create_staging([], warehouse)
    nothing = Decisions({}, {}, (), (), frozenset(), {})
    stated = days_of_files(file_ids, warehouse)
    carry_out(nothing, stated, warehouse, changed_customer_id=unknown_customer_id)
    warehouse.run_folder(DROP)
