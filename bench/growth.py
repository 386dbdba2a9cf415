"""How much longer a load takes into a full warehouse than into an empty one: right after the rush, and later."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Final

from bench import full_warehouse
from bench.figures import Figure
from bench.load import empty, load
from bench.plan import Plan
from bench.servers import Target, server
from bench.staging import MemoryParts, ingest
from bench.timing import seconds, without_warm_up
from chalicelib.model import LoadRequest
from local.samples.sales import file_name, generate_day, to_csv

SALES: Final = 303
FILES: Final = (1, 10)
BAR: Final = 1.5


def measure(plan: Plan) -> Iterator[Figure]:
    """Fill warehouses, and time loads into each and into an empty one, in turns; yield the figures as they come."""
    with server() as none_there:
        for size in plan.warehouses:
            with server() as full:
                yield from _measure(full, none_there, size, plan.rounds)


def _measure(full: Target, none_there: Target, size: full_warehouse.Size, rounds: int) -> Iterator[Figure]:
    # Nothing may tidy up in between: a load that follows a rush does not wait for autovacuum.
    full.warehouse.execute("alter system set autovacuum to off")
    full.warehouse.execute("select pg_reload_conf()")
    sales = full_warehouse.fill(full.warehouse, size)
    day = full_warehouse.FIRST_DAY + timedelta(days=size.files // size.stores)
    for when in (", right after a rush", ""):
        for files in FILES:
            title = f"load of {_quantity(files)} with {sales:,} sales there ÷ with none{when}"
            yield Figure.ratio(title, _time(full, none_there, files, day, rounds), BAR)
            day += timedelta(days=rounds + 1)
        full.warehouse.execute("vacuum (analyze)")
        full.warehouse.execute("checkpoint")  # later, the disk does not write the rush any more


def _quantity(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _time(
    full: Target, none_there: Target, files: int, first_day: date, rounds: int
) -> dict[str, list[float]]:
    """Time loads of the files of one day, each round another one, into both warehouses in turns."""
    times: dict[str, list[float]] = {"full": [], "empty": []}
    for number in range(rounds + 1):
        parts = MemoryParts()
        requests = _requests(files, first_day + timedelta(days=number), parts)
        empty(none_there)
        times["full"].append(seconds(partial(load, requests, parts, full.url)))
        times["empty"].append(seconds(partial(load, requests, parts, none_there.url)))
    return without_warm_up(times)


def _requests(files: int, day: date, parts: MemoryParts) -> list[LoadRequest]:
    """Return the requests for one day's files of the first stores."""
    return [
        ingest(
            file_name(store, day),
            to_csv(store, generate_day(store, day, sales=SALES, seed=1)).encode(),
            parts,
        )
        for store in (f"Store {number}" for number in range(1, files + 1))
    ]
