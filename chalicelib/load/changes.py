"""The changes that decisions make in the warehouse: sales come, move and leave, and the ledger says so.

`sql/load` has a folder for each step. All of it runs under the lock, in one transaction; what moves nothing is skipped.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from chalicelib.load.decisions import COVERING, Days, Decisions
from chalicelib.load.ledger import Entry
from chalicelib.load.moves import (
    KEPT_ASIDE,
    NOWHERE,
    STAGED,
    TRANSACTIONS,
    Move,
    Remarks,
    conditions,
    remarks,
)
from chalicelib.load.reconciliation import MOST_REJECTED_ROWS, Figures, reconcile
from chalicelib.model import Status
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.ranges import Within, merged
from chalicelib.warehouse.scripts import script

STAGE: Final = "load/stage"
DIMENSIONS: Final = "load/dimensions"
DECIDE: Final = "load/decide"
SET_ASIDE: Final = "load/set_aside"
FACTS: Final = "load/facts"
LEAVE: Final = "load/leave"
REJECT: Final = "load/reject"
RECORD: Final = "load/record"
RECONCILE: Final = "load/reconcile"
DROP: Final = "load/drop"
LOAD: Final = (STAGE, DIMENSIONS, DECIDE, SET_ASIDE, FACTS, LEAVE, REJECT, RECORD, RECONCILE, DROP)
"""The folders of `sql/` in the order in which a load runs them."""

FILE_DECISIONS: Final = ("ingest_id", "file_id", "loaded_file_id", "status", "hash_key_id")
FILE_DAYS: Final = ("file_id", "store_key", "sold_on", "sales")
IDS_OF_A_FILE: Final = 1_000_000_000
"""File 12 has the transactions from 12000000000 on."""

NOBODY: Final = -1
"""No id: an empty list would be no SQL."""


StoreDay = tuple[str, date]
"""A store, by its key, and a day."""


class StatedDays(NamedTuple):
    """The stores and days of which files state sales."""

    days: Days
    staged_sales: Mapping[int, Mapping[StoreDay, int]]
    """The number of sales of each staged file, by `ingest_id`, store and day."""
    files: Mapping[StoreDay, Collection[int]]
    """All files of the ledger, by their `file_id`, that state or stated sales of the same stores and days."""


class Changes(NamedTuple):
    """What was changed besides the ledger."""

    moves: Sequence[Move]
    remarks: Mapping[int, Remarks]
    """By the `file_id` of new files."""


def stated_days(entries: Iterable[Entry], warehouse: Warehouse) -> StatedDays:
    """Return the stores and days of the staged files, and of the files of the ledger that are or were current."""
    file_ids = set()
    for entry in entries:
        if entry.status in COVERING:
            file_ids |= {entry.file_id, entry.sales_file_id or entry.file_id}
    return days_of_files(file_ids, warehouse)


def days_of_files(file_ids: Collection[int], warehouse: Warehouse) -> StatedDays:
    """Return the stores and days of the staged files, and of these files of the ledger."""
    staged: dict[int, dict[StoreDay, int]] = defaultdict(dict)
    loaded: dict[int, set[StoreDay]] = defaultdict(set)
    files: dict[StoreDay, set[int]] = defaultdict(set)
    rows = warehouse.run(script("load/decide/store_days"), {"file_ids": (*file_ids, NOBODY)})
    for ingest_id, file_id, store_key, sold_on, sales in rows:
        if file_id is None:
            staged[ingest_id][store_key, sold_on] = sales
            continue
        files[store_key, sold_on].add(file_id)
        if file_id in file_ids:
            loaded[file_id].add((store_key, sold_on))
    return StatedDays(Days(_frozen(staged), _frozen(loaded)), staged, files)


def _frozen(days: Mapping[int, Iterable[StoreDay]]) -> dict[int, frozenset[StoreDay]]:
    return {file: frozenset(store_days) for file, store_days in days.items()}


def carry_out(
    decisions: Decisions, stated: StatedDays, warehouse: Warehouse, *, changed_customer_id: int = NOBODY
) -> Changes:
    """Carry out decisions; raise `ReconciliationError` unless the warehouse then has what the files state.

    `changed_customer_id`: a customer whose sales have changed, so that those of their visits are decided anew.
    """
    if decisions.new:
        warehouse.insert("file_decisions", FILE_DECISIONS, _file_decisions(decisions))
    if decisions.loaded_file_ids:
        warehouse.run_folder(DIMENSIONS)
    moves: list[Move] = []
    if decisions.loaded_file_ids or decisions.leaving or changed_customer_id != NOBODY:
        moves = _decide_sales(decisions, stated, warehouse, changed_customer_id)
        _move_sales(decisions, moves, warehouse)
    if file_days := _file_days(decisions, stated):
        warehouse.insert("file_days", FILE_DAYS, file_days)
    if any(entry.rows_rejected for entry in decisions.new.values()):
        warehouse.run(script(f"{REJECT}/02_rejected_rows"), {"most_rejected_rows": MOST_REJECTED_ROWS})
    remarks_of_files = _record(decisions, moves, warehouse)
    if decisions.loaded_file_ids or moves:
        _reconcile(decisions, moves, warehouse)
    return Changes(moves, remarks_of_files)


def _file_decisions(decisions: Decisions) -> list[tuple[Any, ...]]:
    return [
        (
            request.ingest_id,
            entry.file_id,
            entry.file_id if entry.file_id in decisions.loaded_file_ids else None,
            entry.status,
            entry.hash_key_id,
        )
        for request, entry in decisions.new.items()
    ]


def _file_days(decisions: Decisions, stated: StatedDays) -> list[tuple[Any, ...]]:
    """Return the stores and days of the new files that another version did not cover on arrival."""
    return [
        (entry.file_id, store_key, sold_on, sales)
        for request, entry in decisions.new.items()
        if entry.status is not Status.SUPERSEDED
        for (store_key, sold_on), sales in stated.staged_sales.get(request.ingest_id, {}).items()
    ]


def _decide_sales(
    decisions: Decisions, stated: StatedDays, warehouse: Warehouse, changed_customer_id: int
) -> list[Move]:
    """Decide which sales count, of the visits that the batch touches; return what moves."""
    arriving = Counter(
        store_day
        for request, entry in decisions.new.items()
        if entry.file_id in decisions.loaded_file_ids
        for store_day in stated.days.staged.get(request.ingest_id, ())
    )
    if changed_customer_id == NOBODY:
        leaving = {day for file_id in decisions.leaving for day in stated.days.loaded.get(file_id, ())}
        file_ids = {file_id for day in (*arriving, *leaving) for file_id in stated.files.get(day, ())}
    else:
        file_ids = {file_id for files in stated.files.values() for file_id in files}
    # No visit is touched if nobody else has sales of the same stores and days.
    if not file_ids and max(arriving.values(), default=0) <= 1:
        warehouse.run(script("load/untouched/sale_decisions"))
        return []
    # File 12 has the transactions 12000000000 to 12999999999.
    ids = merged((file_id * IDS_OF_A_FILE, (file_id + 1) * IDS_OF_A_FILE - 1) for file_id in file_ids)
    parameters = {
        "file_ids": (*file_ids, NOBODY),
        "transactions_of_files": Within("transactions.transaction_id", ids),
        "kept_aside_of_files": Within("kept_aside.transaction_id", ids),
        "leaving_file_ids": (*decisions.leaving, NOBODY),
        "changed_customer_id": changed_customer_id,
    }
    warehouse.run(script(f"{DECIDE}/30_sale_decisions"), parameters)
    return [Move(*row) for row in warehouse.run(script(f"{DECIDE}/31_sale_moves"), parameters)]


def _move_sales(decisions: Decisions, moves: Sequence[Move], warehouse: Warehouse) -> None:
    """Set sales aside, insert those that count, and delete those that do not count any more."""
    ways = {(move.place_before, move.place_after) for move in moves}
    places_before = {before for before, after in ways}
    parameters = conditions(moves, (TRANSACTIONS, KEPT_ASIDE))
    if KEPT_ASIDE in {after for _, after in ways}:
        warehouse.run_folder(SET_ASIDE, parameters)
    if decisions.loaded_file_ids or (KEPT_ASIDE, TRANSACTIONS) in ways:
        warehouse.run(script(f"{FACTS}/31_transactions"), parameters)
        warehouse.run(script(f"{FACTS}/32_baskets"), parameters)
    if ways & {(TRANSACTIONS, KEPT_ASIDE), (TRANSACTIONS, NOWHERE)}:
        warehouse.run(script(f"{LEAVE}/41_transactions"), parameters)
        warehouse.run(script(f"{LEAVE}/42_baskets"), parameters)
    if KEPT_ASIDE in places_before:
        warehouse.run(script(f"{LEAVE}/43_kept_aside"), parameters)


def _record(decisions: Decisions, moves: Sequence[Move], warehouse: Warehouse) -> dict[int, Remarks]:
    """Write the rows of the ledger, with remarks on the sales that moved; return these remarks."""
    new = list(decisions.new.values())
    by_file = remarks(
        moves,
        {entry.file_id: entry.object_key for entry in new},
        {entry.file_id: entry.store_name for entry in new},
        decisions.leaving,
    )
    if decisions.changed:
        file_ids = tuple(entry.file_id for entry in decisions.changed)
        warehouse.run_folder(RECORD, {"file_ids": file_ids})
    rows = [
        entry.remarked(by_file[entry.file_id].all) if entry.file_id in by_file else entry for entry in new
    ]
    if rows or decisions.changed:
        warehouse.insert("load_files", Entry._fields, [*decisions.changed, *rows])
    return by_file


def _reconcile(decisions: Decisions, moves: Sequence[Move], warehouse: Warehouse) -> None:
    """Compare what the warehouse has now with what `ingest` counted."""
    file_ids = sorted(entry.file_id for entry in decisions.new.values())
    first, last = (file_ids[0], file_ids[-1]) if file_ids else (2**33, 2**33)
    parameters = conditions(moves, (TRANSACTIONS, KEPT_ASIDE, STAGED, NOWHERE))
    ids = {
        "first_file_id": first,
        "last_file_id": last,
        "first_transaction_id": first * IDS_OF_A_FILE,
        "last_transaction_id": (last + 1) * IDS_OF_A_FILE - 1,
    }
    rows = warehouse.run(script(f"{RECONCILE}/reconciliation"), parameters | ids)
    loaded = {
        request: entry.file_id
        for request, entry in decisions.new.items()
        if entry.file_id in decisions.loaded_file_ids
    }
    reconcile(loaded, [Figures(*row) for row in rows])
