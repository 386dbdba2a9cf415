"""The moves of sales that a batch causes: whose sales count no more, come back, or count as another file's. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from chalicelib.people.quantities import quantity
from chalicelib.warehouse.ranges import Within, merged

TRANSACTIONS: Final = "transactions"
KEPT_ASIDE: Final = "kept_aside"
STAGED: Final = "staged"
NOWHERE: Final = "nowhere"


class Move(NamedTuple):
    """A row of `sql/load/decide/sale_moves.sql`: sales of one file that move in one way."""

    file_id: int
    place_before: str
    place_after: str
    taken_over_by: int | None
    """The file whose sales count instead; for sales that leave, None if these count no more."""
    was_taken_over_by: int | None
    sales: int
    first_transaction_id: int
    last_transaction_id: int
    first_day: date
    last_day: date
    first_store: str
    last_store: str
    object_key: str | None
    """The file's key; None for a file of the batch."""
    store_name: str | None

    @property
    def ids(self) -> tuple[int, int]:
        """The first and the last `transaction_id`."""
        return self.first_transaction_id, self.last_transaction_id


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a load did to sales of other files, in sentences: all of them, and those that a notice must tell."""

    all: Sequence[str]
    noticed: Sequence[str]

    @property
    def others(self) -> list[str]:
        """The sentences that a notice need not tell, though it may."""
        return [sentence for sentence in self.all if sentence not in self.noticed]


NO_REMARKS: Final = Remarks((), ())


def conditions(moves: Iterable[Move], places: Sequence[str]) -> dict[str, Within]:
    """Return the conditions by which scripts find the sales that were in, or come to, one of these places."""
    ids = merged(move.ids for move in moves if move.place_before in places or move.place_after in places)
    columns = {
        "transactions_of_moves": "transactions.transaction_id",
        "baskets_of_moves": "baskets.transaction_id",
        "kept_aside_of_moves": "kept_aside.transaction_id",
    }
    return {name: Within(column, ids) for name, column in columns.items()}


def remarks(
    moves: Iterable[Move], keys: Mapping[int, str], stores: Mapping[int, str], successors: Mapping[int, int]
) -> dict[int, Remarks]:
    """Return what each new file does to sales, by `file_id`.

    `keys` and `stores` are those of the batch's files. `successors` says of a file whose sales leave which version took
    its place.
    """
    sentences: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    grouped = _grouped(moves, successors)
    order = list(SENTENCES)
    for (file_id, kind), group in sorted(grouped.items(), key=lambda item: order.index(item[0][1])):
        if file_id in keys:
            others = [move for move in group if move.object_key and move.store_name != stores[file_id]]
            text = SENTENCES[kind](group, keys)
            sentences[file_id].append((text, kind == "lost" or bool(others and kind in NOTICED)))
    return {
        file_id: Remarks([text for text, _ in texts], [text for text, is_noticed in texts if is_noticed])
        for file_id, texts in sentences.items()
    }


def _grouped(moves: Iterable[Move], successors: Mapping[int, int]) -> dict[tuple[int, str], list[Move]]:
    """Return the moves by the file that causes them, and by what happens to the sales."""
    grouped: dict[tuple[int, str], list[Move]] = defaultdict(list)
    for move in moves:
        match move.place_before, move.place_after:
            case "transactions", "nowhere":
                successor = successors.get(move.file_id, 0)
                kind = "lost" if move.taken_over_by is None else "replaced"
                grouped[successor, kind].append(move)
            case "transactions", "kept_aside":
                grouped[move.taken_over_by or 0, "taken over"].append(move)
            case "staged", "kept_aside":
                grouped[move.file_id, "kept aside"].append(move)
            case "kept_aside", "transactions":
                grouped[successors.get(move.was_taken_over_by or 0, 0), "brought back"].append(move)
    return grouped


def _count(moves: Iterable[Move]) -> int:
    return sum(move.sales for move in moves)


def _sales(moves: Iterable[Move]) -> str:
    return quantity(_count(moves), "sale")


def _verb(moves: Iterable[Move]) -> str:
    """Return the verb of some sales: one sale counts, two sales count."""
    return "counts" if _count(moves) == 1 else "count"


def _named(names: Iterable[str], files: int) -> str:
    """Return the name of a file or, if there are several, their number and one name."""
    in_order = sorted(names)
    if files == 1:
        return in_order[0] if in_order else "another file"
    return f"{files} files" + (f", one of them {in_order[0]}," if in_order else "")


def _owners(moves: Iterable[Move], keys: Mapping[int, str]) -> str:
    """Return the names of the files whose sales move."""
    names = {move.file_id: move.object_key or keys.get(move.file_id, "") for move in moves}
    return _named(filter(None, names.values()), len(names))


def _takers(moves: Iterable[Move], keys: Mapping[int, str]) -> str:
    """Return the names of the files that count the sales instead."""
    files = {move.taken_over_by or 0 for move in moves}
    return _named([keys[file_id] for file_id in files if file_id in keys], len(files))


def _lost(moves: Sequence[Move], _keys: Mapping[int, str]) -> str:
    first, last = min(move.first_day for move in moves), max(move.last_day for move in moves)
    days = f"{first:%d/%m/%Y}" if first == last else f"{first:%d/%m/%Y} to {last:%d/%m/%Y}"
    stores = {name for move in moves for name in (move.first_store, move.last_store)}
    store = stores.pop() if len(stores) == 1 else f"{len(stores)} stores"
    return f"It replaces {_sales(moves)} of {days}, {store}, which no longer {_verb(moves)}."


def _replaced(moves: Sequence[Move], _keys: Mapping[int, str]) -> str:
    return f"It replaces {_sales(moves)} of an earlier version that it, or another file, states again."


def _taken_over(moves: Sequence[Move], keys: Mapping[int, str]) -> str:
    return f"It counts {_sales(moves)} of {_owners(moves, keys)} as its own now."


def _kept_aside(moves: Sequence[Move], keys: Mapping[int, str]) -> str:
    return f"{_count(moves):,} of its sales {_verb(moves)} under {_takers(moves, keys)} instead."


def _brought_back(moves: Sequence[Move], keys: Mapping[int, str]) -> str:
    return f"{_sales(moves)} of {_owners(moves, keys)} {_verb(moves)} again."


Sentence = Callable[[Sequence[Move], Mapping[int, str]], str]

SENTENCES: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        "lost": _lost,
        "replaced": _replaced,
        "taken over": _taken_over,
        "kept aside": _kept_aside,
        "brought back": _brought_back,
    }
)
"""The sentence on each thing that may happen to sales, in the order in which they are told."""

NOTICED: Final = frozenset({"taken over", "brought back"})
"""Told in a notice if the other file is another store's."""
