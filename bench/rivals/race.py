"""The whole job, from files to rows, in turns with what else would load the same files into the same PostgreSQL.

Each contestant has a process of its own, and ours a second one for ingest. A first round warms them up, and each round
has a new database. The time begins with the first file and ends with the last commit; neither imports nor the start of
Python count. A contestant whose sales, items or total differ from the files' own ends the bench.
"""

import contextlib
import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

from bench import day_files
from bench.figures import Figure
from bench.plan import Plan
from bench.servers import Target, server
from bench.timing import without_warm_up
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local import warehouse
from local.cloud.cluster import NAME
from local.state import PROJECT

OURS: Final = "ours"
STOP_SECONDS: Final = 30.0
ITEM: Final = re.compile(r" - \d+\.\d\d(?:, |$)")
"""The end of an item in a basket."""


class Loaded(NamedTuple):
    """What a contestant has loaded, or should have."""

    sales: int
    items: int
    total: Decimal


class Contestant(NamedTuple):
    """One way to do the whole job."""

    command: tuple[str, ...]
    """The module under `bench.rivals` that does it, and its arguments."""

    count_query: str
    """The query for the numbers of sales and items and the total."""

    title: str
    bar: float | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is Cafe ETL, which runs in this environment and makes its tables before its time begins."""
        return self.command[0] == "ours"


OUR_COUNTS: Final = """
    select (select count(*) from transactions), (select count(*) from baskets), sum(total_price) from transactions
"""

DLT_COUNTS: Final = """
    select (select count(*) from cafe.sales), (select count(*) from cafe.sales__items), sum(total) from cafe.sales
"""

CONTESTANTS: Final = {
    OURS: Contestant(("ours",), OUR_COUNTS, ""),
    "in turn": Contestant(
        ("ours", "in-turn"), OUR_COUNTS, "ours in one process, all ingests before the loads"
    ),
    "archived": Contestant(
        ("archived",),
        "select (select count(*) from transactions), (select count(*) from baskets), sum(total) from transactions",
        "the archived pipeline's way",
        4.5,
    ),
    "dlt": Contestant(
        ("dlt_pipeline",),
        DLT_COUNTS,
        "dlt as it comes",
        8,
    ),
    "dlt by COPY": Contestant(
        ("dlt_pipeline", "csv"),
        DLT_COUNTS,
        "dlt told to write CSV for COPY",
    ),
}


class RaceError(Exception):
    """A contestant cannot take part, or has loaded something else than the files have."""


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield for each other contestant how many times as long as ours it takes."""
    if not plan.rivals_python.exists():
        raise RaceError(
            f"{plan.rivals_python} is missing: run `make bench`, which installs what the rivals need."
        )
    with day_files.written(plan) as paths, server() as target:
        times = race(paths, target, plan)
    for name in plan.rivals:
        contestant = CONTESTANTS[name]
        pair = {name: times[name], OURS: times[OURS]}
        yield Figure.ratio(f"whole job: {contestant.title} ÷ ours", pair, contestant.bar, bound="at least")


def race(paths: Sequence[Path], target: Target, plan: Plan) -> dict[str, list[float]]:
    """Let all contestants load the files in turns; return the seconds of each round."""
    names, stated = (OURS, *plan.rivals), stated_by(paths)
    times: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        runners = {name: stack.enter_context(_runner(name, plan.rivals_python)) for name in names}
        for _ in range(plan.race_rounds + 1):
            for name, runner in runners.items():
                url = _new_database(name, target)
                times[name].append(runner.run(paths[0].parent, url))
                _check(name, url, stated)
    return without_warm_up(times)


def stated_by(paths: Sequence[Path]) -> Loaded:
    """Count what files state, without the code of any contestant."""
    rows = [row for path in paths for row in csv.reader(path.read_text(encoding="utf-8").splitlines())]
    items = sum(len(ITEM.findall(row[3])) for row in rows)
    return Loaded(len(rows), items, sum((Decimal(row[4]) for row in rows), Decimal(0)))


class Runner:
    """The process of a contestant."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self._name = name
        self._process = process

    def run(self, folder: Path, url: str) -> float:
        """Have it load the files of a folder; return the seconds."""
        requests, answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"folder": str(folder), "url": url}), file=requests, flush=True)
        if not (answer := answers.readline()):
            raise RaceError(f"{self._name} ended in the middle of its job; the lines above say why.")
        return float(answer)


@contextlib.contextmanager
def _runner(name: str, rivals_python: Path) -> Iterator[Runner]:
    """Start the process of a contestant, and end it afterwards."""
    contestant = CONTESTANTS[name]
    interpreter = Path(sys.executable) if contestant.is_ours else rivals_python
    module, *arguments = contestant.command
    command = [str(interpreter), "-m", f"bench.rivals.{module}", *arguments]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True)
    try:
        yield Runner(name, process)
    finally:
        # Its loop ends with its input.
        with contextlib.suppress(BrokenPipeError):
            cast("IO[str]", process.stdin).close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cast("IO[str]", process.stdout).close()


def _new_database(name: str, target: Target) -> str:
    """Make an empty database in place of a contestant's old one, with our tables if it is ours; return its URL."""
    database = re.sub(r"\W", "_", name).lower()
    target.warehouse.execute(f"drop database if exists {database}")
    target.warehouse.execute(f"create database {database}")
    url = target.url.replace(f"/{NAME}?", f"/{database}?")
    if CONTESTANTS[name].is_ours:
        with closing(Warehouse.connect(url)) as own:
            schema.create(own)
    # What one contestant leaves to be written must not slow down the next.
    target.warehouse.execute("checkpoint")
    return url


def _check(name: str, url: str, stated: Loaded) -> None:
    """Raise `RaceError` if a contestant has not loaded what the files state."""
    with warehouse.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(CONTESTANTS[name].count_query)
        row: Any = cursor.fetchone()
    if (loaded := Loaded(*row)) != stated:
        raise RaceError(f"{name} has loaded {loaded}, but the files have {stated}.")
