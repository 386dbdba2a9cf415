"""Whatever happens to files, events, messages and functions: the warehouse is what an honest clerk counts.

A short run in every test run; `make soak` runs on, with seeds of its own.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, permutations
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.ingest import handler as ingest_handler
from chalicelib.load import handler as load_handler
from chalicelib.load import transaction
from chalicelib.operations import replay, sweep
from chalicelib.operations.reingests import TRIES
from chalicelib.settings import Settings
from tests.support import fault_injection
from tests.support.fault_points import Kill
from tests.support.overlapping_files import CONTENTS, KEYS
from tests.support.pipeline import PROCESSED, RAW, Pipeline
from tests.support.simulation import Cafes, one_by_one

STEPS = int(os.environ.get("CAFE_SOAK_STEPS") or 0)
"""At least so many, of random kinds; 0 for a short run that is always the same."""

SEED = int(os.environ.get("CAFE_SOAK_SEED") or random.randrange(2**32))  # noqa: S311 - any number will do

SHORT = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LONG = settings(
    SHORT,
    max_examples=10,
    stateful_step_count=50,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
)

Upload = tuple[str, str, int]
UPLOADS = st.tuples(st.sampled_from(KEYS), st.sampled_from(list(CONTENTS)), st.sampled_from((0, 0, 1, 3)))
"""Key, content, and the seconds before: many are of one second."""

MORE = st.lists(UPLOADS, max_size=4)

SOURCES = st.sampled_from(("archive", "raw"))
LONG_AFTER = timedelta(days=60)
"""No request waits for so long."""


class Happenings(RuleBasedStateMachine):
    """All that may happen, in any order; after each step the clerk agrees."""

    pipeline: ClassVar[Pipeline]
    steps: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.cafes = Cafes(self.pipeline)
        self.tries: Counter[int] = Counter()
        """How often the sweep has sent each upload again."""

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.cafes.close()

    @initialize(
        is_versioned=st.booleans(), has_ties=st.booleans(), uploads=st.lists(UPLOADS, min_size=3, max_size=6)
    )
    def open(self, *, is_versioned: bool, has_ties: bool, uploads: list[Upload]) -> None:
        """Have the raw bucket keep versions, or not; if so, uploads to one key may be of one second."""
        self.cafes.make_raw_bucket(is_versioned=is_versioned)
        self.cafes.has_ties = is_versioned and has_ties
        self._upload(uploads)

    @rule(uploads=st.lists(UPLOADS, min_size=1, max_size=4))
    def put(self, uploads: list[Upload]) -> None:
        """Upload new files, corrections, overlapping exports, copies."""
        self.steps["put"] += 1
        self._upload(uploads)

    def _upload(self, uploads: list[Upload]) -> None:
        for key, name, seconds in uploads:
            self.cafes.upload(key, CONTENTS[name], seconds)

    @rule(number=st.integers(0), key=st.sampled_from(KEYS), seconds=st.sampled_from((0, 1)))
    def copy(self, number: int, key: str, seconds: int) -> None:
        """Upload what was uploaded before, under any name, its own too."""
        self.steps["copy"] += 1
        versions = list(self.cafes.versions.values())
        self.cafes.upload(key, versions[number % len(versions)].content, seconds)

    @rule(data=st.data(), bare=st.booleans())
    def announce(self, data: st.DataObject, *, bare: bool) -> None:
        """Deliver events, old and new, in any order, some twice; resent ones have no sequencer."""
        self.steps["announce"] += 1
        self.cafes.announce(self._some_events(data, 4), bare=bare)

    @rule(data=st.data(), uploads=MORE)
    def load(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Deliver all events, and some messages in a batch, in any order, those that were loaded before among them."""
        self.steps["load"] += 1
        self._upload(uploads)
        self.cafes.announce_all()
        places = [*range(len(self.cafes.messages)), *self.cafes.waiting]
        some = st.lists(st.sampled_from(places), max_size=5, unique=True) if places else st.just([])
        self.cafes.load(data.draw(some))

    @rule(data=st.data(), uploads=MORE)
    def load_all(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Deliver all events, and then all messages, in any order, in one batch."""
        self.steps["load all"] += 1
        self.cafes.load(self._all_messages(data, uploads))

    @rule(data=st.data(), uploads=MORE)
    def load_at_once(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Let two loaders work on a batch each at the same time; all parts are there, so that no batch is parted."""
        self.steps["two loaders"] += 1
        places = self.cafes.with_parts(self._all_messages(data, uploads))
        middle = data.draw(st.integers(0, len(places)))
        halves = [places[:middle], places[middle:]]
        complete = [self.cafes.complete(half) for half in halves]
        events = [fault_injection.batch(self.cafes.bodies(half)) for half in halves]
        loaders = [
            fault_injection.start(load_handler.handle, [event], self.pipeline.environment) for event in events
        ]
        for loader in loaders:
            with loader:
                assert loader.finish().answer == {"batchItemFailures": []}
        self.cafes.waiting -= set(places)
        self.cafes.agree(*permutations(complete))

    @rule(data=st.data(), point=st.integers(1, 20), after=st.booleans())
    def crash_ingest(self, data: st.DataObject, point: int, *, after: bool) -> None:
        """Kill ingest at a call; its event comes again, and its parts may stay without a request."""
        self.steps["crash of ingest"] += 1
        places = self._some_events(data, 2)
        event = {"Records": [self.cafes.events[place] for place in places]}
        met = fault_injection.run(
            ingest_handler.handle, event, self.pipeline.environment, kill=Kill(point, after=after)
        )
        assert not met.error
        self.cafes.take()
        if met.was_killed:
            self.cafes.is_tidy = False
        else:
            self.cafes.announced |= set(places)

    @rule(data=st.data(), uploads=MORE, point=st.integers(1, 80), after=st.booleans())
    def crash_load(self, data: st.DataObject, uploads: list[Upload], point: int, *, after: bool) -> None:
        """Kill load at a statement or call; its messages come again."""
        self.steps["crash of load"] += 1
        places = self._all_messages(data, uploads)[:4]
        complete = self.cafes.complete(places)
        transaction.disconnect()
        event = fault_injection.batch(self.cafes.bodies(places))
        met = fault_injection.run(
            load_handler.handle, event, self.pipeline.environment, kill=Kill(point, after=after)
        )
        self.cafes.wait_for_the_warehouse()
        courses = [[complete], *(one_by_one(complete[:number]) for number in range(1, len(complete) + 1))]
        if met.was_killed:
            self.cafes.is_tidy = False
            self.cafes.agree([], *courses)
        else:
            assert met.answer == {"batchItemFailures": []}
            self.cafes.waiting -= set(places)
            self.cafes.agree(courses[0], courses[-1])

    @rule(later=st.sampled_from((timedelta(0), LONG_AFTER)))
    def sweep(self, later: timedelta) -> None:
        """Sweep: what waits is sent again, three times each; much later all parts are removed."""
        self.steps["sweep"] += 1
        before = len(self.pipeline.resent)
        refused = {
            entry.version.name: entry.version.last_modified
            for entry in self.cafes.clerk.ledger
            if entry.initial_status == "refused"
        }
        waiting = [
            each
            for each in self.cafes.kept_raw()
            if each.name not in refused or each.last_modified > refused[each.name]
        ]
        due = [each for each in waiting if self.tries[each.number] < TRIES]
        self.tries.update(each.number for each in waiting)
        found = sweep.sweep(Settings.from_environment(), now=self.cafes.now + later, minutes=0)
        assert found["files_reingested"] == len(due) == len(self.pipeline.resent) - before
        assert set(found["files_stuck"]) == {each.key for each in waiting if each not in due}
        self.cafes.agree([])

    @rule(source=SOURCES)
    def replay_dry(self, source: str) -> None:
        """Ask what a replay would do: nothing is done."""
        self.steps["dry replay"] += 1
        kept = self.pipeline.versions(RAW), self.pipeline.versions(PROCESSED)
        self._replay(source, dry_run=True)
        assert kept == (self.pipeline.versions(RAW), self.pipeline.versions(PROCESSED))
        self.cafes.agree([])

    @rule(is_empty=st.booleans())
    def replay_archive(self, *, is_empty: bool) -> None:
        """Let everything arrive and replay the archive: nothing changes; an emptied warehouse has everything again."""
        self.steps["replay into nothing" if is_empty else "replay"] += 1
        self.cafes.deliver()
        if is_empty:
            self.cafes.empty_warehouse()
        self._replay("archive")
        self.cafes.agree([])

    @precondition(lambda self: not self.cafes.has_ties)
    @rule()
    def replay_raw(self) -> None:
        """Replay the raw bucket: what is there is loaded, file by file."""
        self.steps["replay of raw"] += 1
        versions = sorted(self.cafes.kept_raw(), key=lambda each: (each.last_modified, each.key, each.number))
        self._replay("raw")
        self.cafes.agree(one_by_one(versions))

    def _some_events(self, data: st.DataObject, most: int) -> list[int]:
        places = st.integers(0, len(self.cafes.events) - 1)
        return data.draw(st.lists(places, min_size=1, max_size=most))

    def _all_messages(self, data: st.DataObject, uploads: list[Upload]) -> list[int]:
        """Upload files and have all ingested; return what waits, in any order."""
        self._upload(uploads)
        self.cafes.announce_all()
        return data.draw(st.permutations(sorted(self.cafes.waiting)))

    @staticmethod
    def _replay(source: str, *, dry_run: bool = False) -> None:
        after = None
        while after != "":
            event = {"source": source, "dry_run": dry_run, "after": after or ""}
            answer = replay.handle(event, seconds=300)
            assert [file for file in answer["files"] if file["outcome"] == "failed"] == []
            after = answer["after"]


@pytest.fixture
def happenings(pipeline: Pipeline) -> Iterator[type[Happenings]]:
    """Return the machine; the raw bucket keeps versions again when it has run."""
    Happenings.pipeline = pipeline
    Happenings.steps = Counter()
    yield Happenings
    cafes = Cafes(pipeline)
    cafes.make_raw_bucket(is_versioned=True)
    cafes.close()


@pytest.mark.timeout(0)
def test_every_sale_counts_once_whatever_happens(
    happenings: type[Happenings], capsys: pytest.CaptureFixture[str]
) -> None:
    """After each step all tables are what the clerk counts from the files."""
    if not STEPS:
        run_state_machine_as_test(happenings, settings=SHORT)
        return
    begun = time.monotonic()
    with capsys.disabled():
        print(f"\nseed {SEED}", flush=True)  # noqa: T201 - who fails wants it too
    for number in count(SEED):
        run_state_machine_as_test(seed(number)(happenings), settings=LONG)
        if happenings.steps.total() >= STEPS:
            break
    with capsys.disabled():
        print(report(happenings.steps, time.monotonic() - begun))  # noqa: T201 - what a soak is for


def report(steps: Counter[str], seconds: float) -> str:
    """Return what was run, in a line."""
    rules = ", ".join(f"{number} {name}" for name, number in steps.most_common())
    return f"{steps.total()} steps in {seconds:.0f} s: {rules}"
