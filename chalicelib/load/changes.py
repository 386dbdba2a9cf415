"""The changes that decisions make in the warehouse: sales come, move and leave, and the ledger says so.

`sql/load` has a folder for each step. All of it runs under the lock, in one transaction; what moves nothing is skipped.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from chalicelib.load.reconciliation import Figures, reconcile
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.ranges import Within, times_of
from chalicelib.warehouse.scripts import script, scripts

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
IDS_OF_A_FILE: Final = 1_000_000_000
"""File 12 has the transactions from 12000000000 on."""

NOBODY: Final = -1
"""No id: an empty list would be no SQL."""


class StatedDays(NamedTuple):
    """The stores and days of which files state sales, and the ids of these stores, as far as they have one."""

    days: Days
    store_ids: Mapping[str, int]


class Changes(NamedTuple):
    """What was changed besides the ledger."""

    moves: Sequence[Move]
    remarks: Mapping[int, Remarks]
    """By the `file_id` of new files."""


def stated_days(entries: Iterable[Entry], warehouse: Warehouse) -> StatedDays:
    """Return the stores and days of the staged files, and of the files of the ledger that are or were current."""
    file_ids = {NOBODY}
    for entry in entries:
        if entry.status in COVERING:
            file_ids |= {entry.file_id, entry.sales_file_id or entry.file_id}
    staged: dict[int, set[tuple[str, date]]] = defaultdict(set)
    loaded: dict[int, set[tuple[str, date]]] = defaultdict(set)
    store_ids = {}
    rows = warehouse.run(script("load/decide/store_days"), {"file_ids": tuple(file_ids)})
    for ingest_id, file_id, store_key, store_id, sold_on in rows:
        days = loaded[file_id] if ingest_id is None else staged[ingest_id]
        days.add((store_key, sold_on))
        if store_id is not None:
            store_ids[store_key] = store_id
    return StatedDays(Days(_frozen(staged), _frozen(loaded)), store_ids)


def _frozen(days: Mapping[int, set[tuple[str, date]]]) -> dict[int, frozenset[tuple[str, date]]]:
    return {file: frozenset(pairs) for file, pairs in days.items()}


def carry_out(
    decisions: Decisions, stated: StatedDays, warehouse: Warehouse, *, changed_customer_id: int = NOBODY
) -> Changes:
    """Carry out decisions; raise `ReconciliationError` unless the warehouse then has what the files state.

    `changed_customer_id`: a customer whose sales have changed, so that those of their visits are decided anew.
    """
    if decisions.new:
        warehouse.insert("file_decisions", FILE_DECISIONS, _file_decisions(decisions))
    if decisions.loaded_file_ids:
        _run(warehouse, DIMENSIONS, {})
    moves: list[Move] = []
    if decisions.loaded_file_ids or decisions.leaving or changed_customer_id != NOBODY:
        moves = _decide_sales(decisions, stated, warehouse, changed_customer_id)
        _move_sales(decisions, moves, warehouse)
    if any(entry.has_sales for entry in decisions.new.values()):
        warehouse.run(script(f"{FACTS}/33_file_days"))
    if any(entry.rows_rejected for entry in decisions.new.values()):
        warehouse.run(script(f"{REJECT}/02_rejected_rows"))
    told = _record(decisions, moves, warehouse)
    if decisions.loaded_file_ids or moves:
        _reconcile(decisions, moves, warehouse)
    return Changes(moves, told)


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


def _decide_sales(
    decisions: Decisions, stated: StatedDays, warehouse: Warehouse, changed_customer_id: int
) -> list[Move]:
    """Decide which sales count, of the visits that the batch touches; return what moves."""
    staged, loaded = stated.days.staged, stated.days.loaded
    arriving = [
        staged.get(request.ingest_id, frozenset())
        for request, entry in decisions.new.items()
        if entry.file_id in decisions.loaded_file_ids
    ]
    leaving = [loaded.get(file_id, frozenset()) for file_id in decisions.leaving]
    # A changed customer's days are under no file.
    pairs = frozenset().union(*arriving, *leaving, *([loaded.get(NOBODY, frozenset())]))
    times = times_of(day for _, day in pairs)
    store_ids = {stated.store_ids[store] for store, _ in pairs if store in stated.store_ids}
    parameters = {
        "transactions_of_days": Within("transactions.sold_at", times),
        "kept_aside_of_days": Within("kept_aside.sold_at", times),
        "store_ids": (*store_ids, NOBODY),
        "leaving_file_ids": (*decisions.leaving, NOBODY),
        "changed_customer_id": changed_customer_id,
    }
    warehouse.run(script(f"{DECIDE}/30_sale_decisions"), parameters)
    return [Move(*row) for row in warehouse.run(script(f"{DECIDE}/31_sale_moves"))]


def _move_sales(decisions: Decisions, moves: Sequence[Move], warehouse: Warehouse) -> None:
    """Set sales aside, insert those that count, and delete those that do not count any more."""
    ways = {(move.place_before, move.place_after) for move in moves}
    places_before = {before for before, after in ways}
    parameters = conditions(moves, (TRANSACTIONS, KEPT_ASIDE))
    if KEPT_ASIDE in {after for _, after in ways}:
        _run(warehouse, SET_ASIDE, parameters)
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
    told = remarks(
        moves,
        {entry.file_id: entry.object_key for entry in new},
        {entry.file_id: entry.store_name for entry in new},
        decisions.leaving,
    )
    if decisions.changed:
        file_ids = tuple(entry.file_id for entry in decisions.changed)
        _run(warehouse, RECORD, {"file_ids": file_ids})
    rows = [entry.remarked(told[entry.file_id].all) if entry.file_id in told else entry for entry in new]
    if rows or decisions.changed:
        warehouse.insert("load_files", Entry._fields, [*decisions.changed, *rows])
    return told


def _reconcile(decisions: Decisions, moves: Sequence[Move], warehouse: Warehouse) -> None:
    """Compare what the warehouse has now with what `ingest` counted."""
    file_ids = sorted(entry.file_id for entry in decisions.new.values())
    first, last = (file_ids[0], file_ids[-1]) if file_ids else (2**33, 2**33)
    parameters = conditions(moves, (TRANSACTIONS, KEPT_ASIDE, STAGED, NOWHERE))
    ids = {
        "first_file_id": first,
        "last_file_id": last,
        "first_transaction_id": first * IDS_OF_A_FILE,
    }
    rows = warehouse.run(script(f"{RECONCILE}/reconciliation"), parameters | ids)
    loaded = {
        request: entry.file_id
        for request, entry in decisions.new.items()
        if entry.file_id in decisions.loaded_file_ids
    }
    reconcile(loaded, [Figures(*row) for row in rows])


def _run(warehouse: Warehouse, folder: str, parameters: Mapping[str, Any]) -> None:
    for path in scripts(folder):
        warehouse.run(path, parameters or None)
