"""Exactly once: random steps of stores, queues, functions and operators; all tables are compared after each.

Every test run has a short, fixed sequence of steps; `make soak` runs longer ones, with random seeds.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support import encoded_listings
from tests.support.pipeline import Pipeline
from tests.support.random_steps import RandomSteps
from tests.support.simulation import Simulation

pytestmark = pytest.mark.engines("postgres", "redshift", sample=False)

STEPS = int(os.environ.get("CAFE_SOAK_STEPS") or 0)
"""The number of random steps, at least; 0 means a short run that is always the same."""

SEED = int(os.environ.get("CAFE_SOAK_SEED") or random.randrange(2**32))  # noqa: S311 - any number will do

SHORT = settings(
    max_examples=6,
    stateful_step_count=25,
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
    report_multiple_bugs=False,
)


@pytest.fixture
def random_steps(pipeline: Pipeline) -> Iterator[type[RandomSteps]]:
    """Return the state machine; the raw bucket has versioning again after its run."""
    RandomSteps.pipeline = pipeline
    RandomSteps.steps = Counter()
    patch = encoded_listings.patched()
    yield RandomSteps
    patch.undo()
    simulation = Simulation(pipeline)
    simulation.make_raw_bucket(is_versioned=True)
    simulation.close()


@pytest.mark.timeout(0)
def test_every_sale_counts_once_whatever_happens(
    random_steps: type[RandomSteps], capsys: pytest.CaptureFixture[str]
) -> None:
    """After each step, all tables hold what the reference ledger expects of the files."""
    if not STEPS:
        run_state_machine_as_test(random_steps, settings=SHORT)
        return
    begun = time.monotonic()
    with capsys.disabled():
        print(f"\nseed {SEED}", flush=True)  # noqa: T201 - a failure is repeated with it
    for number in count(SEED):
        run_state_machine_as_test(seed(number)(random_steps), settings=LONG)
        if random_steps.steps.total() >= STEPS:
            break
    with capsys.disabled():
        print(report(random_steps.steps, time.monotonic() - begun))  # noqa: T201 - what a soak is for


def report(steps: Counter[str], seconds: float) -> str:
    """Return a line that says how many steps of each kind were run."""
    rules = ", ".join(f"{number} {name}" for name, number in steps.most_common())
    return f"{steps.total()} steps in {seconds:.0f} s: {rules}"
