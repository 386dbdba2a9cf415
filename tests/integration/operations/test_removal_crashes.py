"""A removal may be killed at every call of AWS and at every commit: a second run finishes it."""

import time
from typing import Any

import pytest

from tests.support.fault_injection import run
from tests.support.fault_points import Kill
from tests.support.pipeline import RAW, Pipeline, csv_of, sale
from tests.support.removals import copy_statuses, killable, send

KEY = "leeds_25-08-2021_09-00-00.csv"
REFUSED = "stock_list.csv"
FILES = {
    KEY: csv_of(sale(0, name="Gone"), sale(1, name="Gone")),
    "like_it.csv": csv_of(sale(0, name="Gone"), sale(1, name="Gone")),
    "york_25-08-2021_09-00-00.csv": csv_of(sale(2, store="York"), sale(3, store="York")),
    REFUSED: b"no sales\n",
}
EVENTS: dict[str, dict[str, Any]] = {
    "withdraw": {"object_key": KEY},
    "erase": {"object_key": KEY},
    "erase_customer": {"store": "Leeds", "customer": "Gone"},
    "discard": {"object_key": REFUSED},
}
REST = "select object_key, status, rows_read from load_files order by object_key, content_sha256"
SALES = "select total_price, customer_hash = '' from transactions inner join customers using (customer_id) order by 2"


def prepare(pipeline: Pipeline) -> None:
    """Load the files, and let another version of the first one wait as a part, a message and a raw object."""
    pipeline.empty()
    pipeline.run(**FILES)
    [body] = pipeline.request(**{KEY: csv_of(sale(5))})
    send(pipeline, body)


def state(pipeline: Pipeline) -> dict[str, Any]:
    """Return what is left of files in ledger, facts, archive, raw bucket and queue."""
    return {
        "ledger": pipeline.rows(REST),
        "sales": pipeline.rows(SALES),
        "copies": copy_statuses(pipeline),
        "parts": sorted(
            key.rpartition("/")[2] for key, _ in pipeline.versions("ads-processed") if "staged/" in key
        ),
        "raw": sorted(pipeline.keys(RAW)),
        "messages": len(pipeline.take()),
    }


def interesting(fault_points: list[str]) -> list[int]:
    """Return the numbers of the fault points outside of the transaction, and of those that end it."""
    return [
        number
        for number, name in enumerate(fault_points, start=1)
        if not name.startswith("sql: ") or name.startswith(("sql: commit", "sql: begin"))
    ]


def finished(event: dict[str, Any], environment: dict[str, str]) -> None:
    """Run a removal until it has looked at every message: those of a killed run come back after a second."""
    while run(killable, event, environment).answer.get("messages_unread"):
        time.sleep(1)


@pytest.mark.parametrize("action", EVENTS)
def test_a_second_run_finishes_a_removal_that_was_killed(pipeline: Pipeline, action: str) -> None:
    event = {"action": action, **EVENTS[action]}
    prepare(pipeline)
    fault_points = run(killable, event, pipeline.environment).fault_points
    expected = state(pipeline)
    numbers = interesting(fault_points)
    assert len(numbers) >= 4, fault_points

    for number in numbers:
        prepare(pipeline)
        record = run(killable, event, pipeline.environment, kill=Kill(number, after=True))
        assert record.was_killed, (number, record)
        finished(event, pipeline.environment)

        assert state(pipeline) == expected, fault_points[number - 1]
