"""Random steps of stores, queues, functions and operators, after each of which the reference ledger must agree.

`tests/integration/load/test_state_machine.py` runs them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chalicelib.ingest import handler as ingest_handler
from chalicelib.load import handler as load_handler
from chalicelib.load import transaction
from chalicelib.operations import removal, replay, sweep
from chalicelib.operations.reingests import TRIES
from chalicelib.settings import Settings
from tests.support import fault_injection, hostile_files
from tests.support.fault_points import Kill
from tests.support.overlapping_files import CONTENTS, KEYS
from tests.support.pipeline import PROCESSED, RAW, Pipeline
from tests.support.reference_ledger import Entry, Removal, batches_of_a_replay
from tests.support.simulation import Simulation, one_by_one

Upload = tuple[str, str, int]
UPLOADS = st.tuples(st.sampled_from(KEYS), st.sampled_from(list(CONTENTS)), st.sampled_from((0, 0, 1, 3)))
"""Key, name of the content, and seconds since the last upload. Half of them are 0: such uploads may share a second."""

MORE = st.lists(UPLOADS, max_size=4)

SOURCES = st.sampled_from(("archive", "raw"))
ACTIONS = st.sampled_from(("withdraw", "withdraw", "erase", "discard", "erase_customer"))
REMOVAL_SECONDS = 300

Choice = tuple[int, int, str]
CHOICES = st.tuples(st.integers(0, 99), st.integers(0, 9), st.sampled_from(("all", "store", "day")))
"""An entry of the ledger, one of its sales, and whether a withdrawal concerns its whole key, a store or a day.

Numbers do not depend on how many there are: two loaders may number files differently when a test is repeated.
"""

LONG_AFTER = timedelta(days=60)
"""Longer than any request can wait, so that a sweep removes its parts."""


class RandomSteps(RuleBasedStateMachine):
    """Everything that may happen, in any order. Each rule is a step, and ends with a check of all tables."""

    pipeline: ClassVar[Pipeline]
    steps: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.simulation = Simulation(self.pipeline)
        self.tries: Counter[int] = Counter()
        """How often the sweep has sent each upload to ingest again, by its number."""

    def teardown(self) -> None:
        """Restore the clock."""
        self.simulation.close()

    @initialize(
        is_versioned=st.booleans(), has_ties=st.booleans(), uploads=st.lists(UPLOADS, min_size=3, max_size=6)
    )
    def open(self, *, is_versioned: bool, has_ties: bool, uploads: list[Upload]) -> None:
        """Make the raw bucket, with versioning or without. Only with it may uploads to one key share a second."""
        self.simulation.make_raw_bucket(is_versioned=is_versioned)
        self.simulation.has_ties = is_versioned and has_ties
        self._upload(uploads)

    @rule(uploads=st.lists(UPLOADS, min_size=1, max_size=4))
    def put(self, uploads: list[Upload]) -> None:
        """Upload new files, corrections, overlapping exports, copies."""
        self.steps["put"] += 1
        self._upload(uploads)

    def _upload(self, uploads: list[Upload]) -> None:
        for key, name, seconds in uploads:
            self.simulation.upload(key, CONTENTS[name], seconds)

    @rule(number=st.integers(0), key=st.sampled_from(KEYS), seconds=st.sampled_from((0, 1)))
    def copy(self, number: int, key: str, seconds: int) -> None:
        """Upload an earlier content again, under any key, its own included."""
        self.steps["copy"] += 1
        versions = list(self.simulation.versions.values())
        copied = [version for version in versions if version.key not in hostile_files.BAD_KEYS]
        self.simulation.upload(key, copied[number % len(copied)].content, seconds)

    @rule(
        key=st.sampled_from((*hostile_files.KEYS, *hostile_files.BAD_KEYS, *KEYS)),
        names=st.lists(st.sampled_from(list(hostile_files.HOSTILE)), min_size=1, max_size=3),
    )
    def put_hostile(self, key: str, names: list[str]) -> None:
        """Upload files of an enemy, one after the other, under a key of his or of an honest file."""
        self.steps["hostile put"] += 1
        for name in names:
            content = hostile_files.under(key, hostile_files.HOSTILE[name])
            self.simulation.upload(key, content, seconds=1)

    @rule(data=st.data(), name=st.sampled_from(list(hostile_files.RECORDS)))
    def announce_beside_junk(self, data: st.DataObject, name: str) -> None:
        """Deliver events beside one that is not of S3."""
        self.steps["hostile event"] += 1
        self.simulation.announce_beside(self._some_events(data, 4), hostile_files.RECORDS[name])

    @rule(
        data=st.data(),
        uploads=MORE,
        names=st.lists(st.sampled_from(list(hostile_files.MESSAGES)), max_size=4),
    )
    def load_beside_junk(self, data: st.DataObject, uploads: list[Upload], names: list[str]) -> None:
        """Load all messages beside some that are no requests."""
        self.steps["hostile messages"] += 1
        self.simulation.load(
            self._all_messages(data, uploads), [hostile_files.MESSAGES[name] for name in names]
        )

    @rule(data=st.data(), bare=st.booleans())
    def announce(self, data: st.DataObject, *, bare: bool) -> None:
        """Deliver events, old and new, in any order, some twice. Bare ones have no sequencer, like a reingest."""
        self.steps["announce"] += 1
        self.simulation.announce(self._some_events(data, 4), bare=bare)

    @rule(data=st.data(), uploads=MORE)
    def load(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Deliver all events, then a batch of some messages in any order, including some that were loaded before."""
        self.steps["load"] += 1
        self._upload(uploads)
        self.simulation.announce_all()
        # Waiting messages stand in the list twice, so that they are drawn more often.
        numbers = [*range(len(self.simulation.messages)), *self.simulation.waiting]
        batches = st.lists(st.sampled_from(numbers), max_size=5, unique=True) if numbers else st.just([])
        self.simulation.load(data.draw(batches))

    @rule(data=st.data(), uploads=MORE)
    def load_all(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Deliver all events, then all messages in one batch, in any order."""
        self.steps["load all"] += 1
        self.simulation.load(self._all_messages(data, uploads))

    @rule(data=st.data(), uploads=MORE)
    def load_at_once(self, data: st.DataObject, uploads: list[Upload]) -> None:
        """Let two loaders work on a batch each at the same time.

        Messages without parts are left out: a batch that has one is loaded file by file, and the two would interleave.
        """
        self.steps["two loaders"] += 1
        numbers = self.simulation.with_parts(self._all_messages(data, uploads))
        middle = data.draw(st.integers(0, len(numbers)))
        halves = [numbers[:middle], numbers[middle:]]
        complete = [self.simulation.complete(half) for half in halves]
        events = [fault_injection.batch(self.simulation.bodies(half)) for half in halves]
        loaders = [
            fault_injection.start(load_handler.handle, [event], self.pipeline.environment) for event in events
        ]
        for loader in loaders:
            with loader:
                assert loader.finish().answer == {"batchItemFailures": []}
        self.simulation.waiting -= set(numbers)
        # Either loader may have got the lock first: both orders are right.
        self.simulation.check_tables(*permutations(complete))

    @rule(data=st.data(), point=st.integers(1, 20), after=st.booleans())
    def crash_ingest(self, data: st.DataObject, point: int, *, after: bool) -> None:
        """Kill ingest at a fault point. Its event is delivered again; its parts may stay without a request."""
        self.steps["crash of ingest"] += 1
        numbers = self._some_events(data, 2)
        event = {"Records": [self.simulation.events[number] for number in numbers]}
        run = fault_injection.run(
            ingest_handler.handle, event, self.pipeline.environment, kill=Kill(point, after=after)
        )
        assert not run.error
        self.simulation.receive()
        if run.was_killed:
            self.simulation.is_tidy = False
        else:
            self.simulation.announced |= set(numbers)

    @rule(data=st.data(), uploads=MORE, point=st.integers(1, 80), after=st.booleans())
    def crash_load(self, data: st.DataObject, uploads: list[Upload], point: int, *, after: bool) -> None:
        """Kill load at a fault point. Its messages stay on the queue."""
        self.steps["crash of load"] += 1
        numbers = self._all_messages(data, uploads)[:4]
        complete = self.simulation.complete(numbers)
        # The wait below looks for sessions of loads: this process must have none.
        transaction.disconnect()
        event = fault_injection.batch(self.simulation.bodies(numbers))
        run = fault_injection.run(
            load_handler.handle, event, self.pipeline.environment, kill=Kill(point, after=after)
        )
        self.simulation.wait_for_the_warehouse()
        # The batch [a, b] was committed whole, or file by file as far as the kill let it:
        # [[a, b]], [[a]] or [[a], [b]]; [] if the kill came before the first commit.
        histories = [[complete], *(one_by_one(complete[:number]) for number in range(1, len(complete) + 1))]
        if run.was_killed:
            self.simulation.is_tidy = False
            self.simulation.check_tables([], *histories)
        else:
            assert run.answer == {"batchItemFailures": []}
            self.simulation.waiting -= set(numbers)
            self.simulation.check_tables(histories[0], histories[-1])

    @rule(later=st.sampled_from((timedelta(0), LONG_AFTER)))
    def sweep(self, later: timedelta) -> None:
        """Sweep: a waiting file is sent to ingest again, up to three times. Much later, all parts are removed."""
        self.steps["sweep"] += 1
        before = len(self.pipeline.reingests)
        refused = {
            entry.version.name: entry.version.last_modified
            for entry in self.simulation.reference_ledger.entries
            if entry.initial_status == "refused"
        }
        # A refused file waits for a correction, not for the sweep; a later upload of the same bytes is tried again.
        waiting = [
            version
            for version in self.simulation.raw_versions()
            if version.name not in refused or version.last_modified > refused[version.name]
        ]
        due = [version for version in waiting if self.tries[version.number] < TRIES]
        self.tries.update(version.number for version in waiting)
        findings = sweep.sweep(Settings.from_environment(), now=self.simulation.now + later, minutes=0)
        assert findings["files_reingested"] == len(due) == len(self.pipeline.reingests) - before
        assert set(findings["files_stuck"]) == {version.key for version in waiting if version not in due}
        self.simulation.check_tables([])

    @rule(source=SOURCES)
    def replay_dry(self, source: str) -> None:
        """Run a replay dry: neither tables nor buckets change."""
        self.steps["dry replay"] += 1
        before = self.pipeline.versions(RAW), self.pipeline.versions(PROCESSED)
        self._replay(source, dry_run=True)
        assert before == (self.pipeline.versions(RAW), self.pipeline.versions(PROCESSED))
        self.simulation.check_tables([])

    @rule(is_empty=st.booleans())
    def replay_archive(self, *, is_empty: bool) -> None:
        """Deliver everything and replay the archive: nothing changes, and an emptied warehouse is restored."""
        self.steps["replay into nothing" if is_empty else "replay"] += 1
        self.simulation.deliver()
        if is_empty:
            self.simulation.empty_warehouse()
        self._replay("archive")
        self.simulation.check_tables([])

    @precondition(lambda self: not self.simulation.has_ties)
    @rule()
    def replay_raw(self) -> None:
        """Replay the raw bucket: all its files are loaded one by one, the oldest first."""
        self.steps["replay of raw"] += 1
        versions = sorted(
            self.simulation.raw_versions(), key=lambda item: (item.last_modified, item.key, item.number)
        )
        self._replay("raw")
        self.simulation.check_tables(batches_of_a_replay(versions, key=lambda version: version.key))

    @rule(
        choice=CHOICES, action=ACTIONS, runs=st.sampled_from((("dry", "real"), ("real",), ("real", "real")))
    )
    def remove(self, choice: Choice, action: str, runs: Sequence[str]) -> None:
        """Remove something. A dry run changes nothing, and to repeat a removal does no harm."""
        if order := self._removal(choice, action):
            self.steps[action] += 1
            for run in runs:
                removal.handle(order.event() | {"dry_run": run == "dry"}, seconds=REMOVAL_SECONDS)
                self.simulation.check_tables([] if run == "dry" else [order])

    @rule(choice=CHOICES, action=ACTIONS, point=st.integers(1, 40), after=st.booleans())
    def crash_removal(self, choice: Choice, action: str, point: int, *, after: bool) -> None:
        """Kill a removal at a fault point, and repeat it."""
        if order := self._removal(choice, action):
            self.steps[f"crash of {action}"] += 1
            transaction.disconnect()
            run = fault_injection.run(
                partial(removal.handle, seconds=REMOVAL_SECONDS),
                order.event(),
                self.pipeline.environment,
                kill=Kill(point, after=after),
            )
            assert not run.error
            self.simulation.wait_for_the_warehouse()
            halves = [[replace(order, action="erase_rows")]] if action == "erase" else []
            self.simulation.check_tables([], [order], *halves, is_halfway=True)
            removal.handle(order.event(), seconds=REMOVAL_SECONDS)
            self.simulation.check_tables([order])

    def _removal(self, choice: Choice, action: str) -> Removal | None:
        """Choose a removal that has something to remove; return None if there is nothing."""
        # Everything is delivered before anything is erased or discarded, so that no request waits for what is gone.
        if action != "withdraw":
            self.simulation.deliver()
        if not (entries := self._removable(action)):
            return None
        entry, row, scope = choice
        version = entries[entry % len(entries)].version
        sales = [sale for _, sale in version.content.sales if sale.customer or action != "erase_customer"]
        if action in {"erase", "discard"} or not sales:
            return None if action == "erase_customer" else Removal(action, version.key)
        sale = sales[row % len(sales)]
        if action == "erase_customer":
            return Removal(action, store=sale.store, customer=sale.customer)
        store, day = {"all": ("", None), "store": (sale.store, None), "day": ("", sale.at.date())}[scope]
        return Removal(action, version.key, store, day)

    def _removable(self, action: str) -> list[Entry]:
        """Return the entries of the ledger that a removal may concern."""
        entries = self.simulation.reference_ledger.entries
        if action == "discard":
            return [entry for entry in entries if entry.status == "refused"]
        if action == "erase":
            return [entry for entry in entries if entry.status != "erased"]
        return [entry for entry in entries if entry.is_current]

    def _some_events(self, data: st.DataObject, most: int) -> list[int]:
        numbers = st.integers(0, len(self.simulation.events) - 1)
        return data.draw(st.lists(numbers, min_size=1, max_size=most))

    def _all_messages(self, data: st.DataObject, uploads: list[Upload]) -> list[int]:
        """Upload files and ingest all; return the numbers of the waiting messages, in any order."""
        self._upload(uploads)
        self.simulation.announce_all()
        return data.draw(st.permutations(sorted(self.simulation.waiting)))

    @staticmethod
    def _replay(source: str, *, dry_run: bool = False) -> None:
        after = None
        while after != "":
            event = {"source": source, "dry_run": dry_run, "after": after or ""}
            answer = replay.handle(event, seconds=300)
            assert [file for file in answer["files"] if file["outcome"] == "failed"] == []
            after = answer["after"]
