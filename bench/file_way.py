"""The way of a file in the cloud: the calls that follow one another, counted in a local cloud, times stated latencies.

The local cloud's warehouse is the stand-in for Redshift, so the calls are those of a stage in the cloud whose functions
are warm. Not counted: how long S3 and SQS take to call a function, and how long everybody computes.
"""

import json
import os
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from bench import day_files
from bench.figures import Figure
from bench.plan import Plan
from bench.whole_job import running
from local.client import Clients
from local.cloud import postgres
from local.cloud.options import REDSHIFT, Options
from local.cloud.resources import names
from local.cloud.worker import CALLS
from local.control import ask
from local.errors import LocalCloudError
from local.redshift.session import READS
from local.redshift.tokens import normalised, statements
from local.samples.sales import file_name, generate_day, to_csv
from local.state import State
from local.warehouse import connect

LATENCIES: Final = {"s3": 0.030, "sqs": 0.010, "statement": 0.020, "commit": 0.600}
"""Seconds of a call: stated, not measured. A commit is Redshift's."""

LOG_SETTINGS: Final = {"log_statement": "all", "log_line_prefix": "%a|"}
STATEMENT: Final = re.compile(r"^cafe-etl\|LOG:  statement: (.*(?:\n\t.*)*)", re.MULTILINE)
"""A statement of a function in PostgreSQL's log; its further lines begin with a tab."""

SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """A call of AWS by a function."""

    function: str
    service: str
    operation: str
    process: int
    thread: str
    began: float
    ended: float
    """Seconds of one clock."""

    @property
    def pool(self) -> str:
        """The pool of its thread; empty if the thread is of none."""
        # ThreadPoolExecutor-3_0 and ThreadPoolExecutor-3_7 are threads of one pool
        return self.thread.rpartition("_")[0] if self.thread.startswith("ThreadPoolExecutor") else ""

    def is_during(self, other: "Call") -> bool:
        """Whether both calls of a process were under way at one time."""
        return self.process == other.process and self.began < other.ended and other.began < self.ended

    @classmethod
    def of(cls, line: str) -> Self:
        """Return the call that a worker has recorded."""
        recorded = json.loads(line)
        return cls(**{field.name: recorded[field.name] for field in fields_of(cls)})


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield the seconds of one file, and of a full batch of files that came together."""
    with _recorded() as recorder:
        recorder.load(plan.many_files)  # warms up the functions
        for files in (1, plan.many_files):
            counts = recorder.counts_of_load(files)
            quantity = "a file" if files == 1 else f"{files} files that come together"
            title = f"the way of {quantity} in the cloud (calculated)"
            yield Figure(title, [seconds_of(counts)], unit="s", details=counts)


def seconds_of(counts: Mapping[str, float]) -> float:
    """Return the sum of calls times latencies; `{"ingest s3": 2, "load commit": 2}` is 1.26 seconds."""
    kinds = {name: name.rpartition(" ")[2] for name in counts}
    if unknown := sorted(set(kinds.values()) - LATENCIES.keys()):
        raise LocalCloudError(f"No latency is stated for calls of {' and '.join(unknown)}.")
    return sum(count * LATENCIES[kinds[name]] for name, count in counts.items())


def sequential(calls: Sequence[Call]) -> Counter[str]:
    """Return how many calls of each service follow one another.

    Calls of a thread do; those of a pool's threads run side by side, and are shared out evenly. What another thread
    calls while a pool does needs no time of its own.
    """
    by_pool: dict[tuple[int, str], list[Call]] = defaultdict(list)
    of_pools = [call for call in calls if call.pool]
    for call in calls:
        if call.pool or not any(map(call.is_during, of_pools)):
            by_pool[call.process, call.pool or call.thread].append(call)
    counts: Counter[str] = Counter()
    for together in by_pool.values():
        threads = len({call.thread for call in together})
        for service, count in Counter(call.service for call in together).items():
            counts[service] += -(-count // threads)  # rounded up
    return counts


def logged_statements(log: str) -> list[str]:
    """Return the statements of functions in PostgreSQL's log, in normalised form."""
    return [
        normalised(statement)
        for text in STATEMENT.findall(log)
        for statement in statements(text.replace("\n\t", "\n"))
    ]


def commits(sent: Sequence[str]) -> int:
    """Return how often statements commit something: those in a transaction do so at its end, others by themselves."""
    count, is_open = 0, False
    for text in sent:
        word = text.partition(" ")[0]
        ends = word in {"commit", "end"}
        count += ends or not (is_open or READS.match(text))
        is_open = word in {"begin", "start"} or (is_open and not ends and word != "rollback")
    return count


class Recorder:
    """A local cloud that records calls and statements."""

    def __init__(self, state: State, calls: Path) -> None:
        self._run = state.running()
        self._calls = calls
        self._log = state.logs / "postgres.log"
        self._clients = Clients.of(self._run)
        self._names = names(self._run.stage)
        self._days = 0

    def counts_of_load(self, files: int) -> dict[str, float]:
        """Load the files of a new day in one batch; return how many calls and statements follow one another."""
        before, log_before = self._calls_so_far(), self._log_so_far()
        self.load(files)
        calls = self._calls_so_far()[len(before) :]
        sent = logged_statements(self._log_so_far()[len(log_before) :])
        if sent.count("lock table load_lock") != 1:
            raise LocalCloudError("The files were not loaded in one batch.")
        committed = commits(sent)
        return {
            **self._of_one_ingest(calls, warm={call.process for call in before}),
            **{f"load {service}": count for service, count in sequential(self._of("load", calls)).items()},
            "load statement": len(sent) - committed,
            "load commit": committed,
        }

    def load(self, files: int) -> None:
        """Upload the files of a day, each of a store of its own; let `load` have them when all are staged."""
        day = day_files.FIRST_DAY + timedelta(days=self._days)
        self._days += 1
        self._poll(is_on=False)
        for number in range(files):
            store = f"Store {number}"
            content = to_csv(store, generate_day(store, day, sales=30, seed=1)).encode()
            self._clients.s3.put_object(
                Bucket=self._names.raw_bucket, Key=file_name(store, day), Body=content
            )
        self._wait()
        self._poll(is_on=True)
        self._wait()

    def _of_one_ingest(self, calls: Sequence[Call], warm: Container[int]) -> dict[str, float]:
        """Return the calls for a file, as warm processes make them; those of processes that begin cold are left out."""
        of_warm = [call for call in self._of("ingest", calls) if call.process in warm]
        files = sum(call.operation == "SendMessage" for call in of_warm)
        if not files:
            raise LocalCloudError("No warm process has ingested a file.")
        return {f"ingest {service}": count / files for service, count in sequential(of_warm).items()}

    def _of(self, function: str, calls: Sequence[Call]) -> list[Call]:
        return [call for call in calls if call.function == self._names.function(function)]

    def _poll(self, *, is_on: bool) -> None:
        [mapping] = self._clients.functions.list_event_source_mappings()["EventSourceMappings"]
        self._clients.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=is_on)

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS
        while not ask(self._run, "status")["idle"]:
            if time.monotonic() > deadline:
                raise LocalCloudError("The files were not loaded in time.")
            time.sleep(POLL_SECONDS)

    def _calls_so_far(self) -> list[Call]:
        lines = self._calls.read_text(encoding="utf-8").splitlines() if self._calls.exists() else []
        return list(map(Call.of, lines))

    def _log_so_far(self) -> str:
        return self._log.read_text(encoding="utf-8")


@contextmanager
def _recorded() -> Iterator[Recorder]:
    """Run a local cloud that records."""
    with _calls_file() as calls, running(Options(warehouse=REDSHIFT)) as state:
        with connect(postgres.url(state.socket)) as connection, connection.cursor() as cursor:
            for name, value in LOG_SETTINGS.items():
                cursor.execute(f"alter system set {name} to '{value}'")
            cursor.execute("select pg_reload_conf()")
        yield Recorder(state, calls)


@contextmanager
def _calls_file() -> Iterator[Path]:
    """Let workers that are started meanwhile record their calls in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls"
        os.environ[CALLS] = str(path)
        try:
            yield path
        finally:
            del os.environ[CALLS]
