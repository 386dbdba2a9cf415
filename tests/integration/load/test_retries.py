"""Transient errors are tried again; after all others the messages go back to the queue, and no other load waits."""

import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest

from chalicelib.load import handler as load_handler
from chalicelib.load import messages
from chalicelib.model import LoadRequest
from tests.support.pipeline import Pipeline, csv_of, sale
from tests.support.stand_in import driver_connection

pytestmark = pytest.mark.engines("postgres", "redshift")

WAITING = """
    select pid from pg_stat_activity
    where application_name = 'cafe-etl' and wait_event_type = 'Lock'
"""
PATIENCE = 20


@pytest.fixture
def rival(pipeline: Pipeline) -> Iterator[psycopg2.extensions.connection]:
    """Return a session beside the loads, in a transaction of its own, which gets in their way."""
    connection = driver_connection(pipeline.warehouse_url)
    yield connection
    connection.close()


def waiting_load(pipeline: Pipeline) -> int:
    """Wait until a load waits for a lock of the rival; return the id of its session."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if sessions := pipeline.rows(WAITING):
            return int(sessions[0][0])
        time.sleep(0.02)
    raise AssertionError("No load waits.")


def execute(connection: psycopg2.extensions.connection, statement: str) -> None:
    """Send a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def start_load(pipeline: Pipeline, bodies: list[str]) -> tuple[threading.Thread, list[int]]:
    """Start a load in a thread; return the thread, and the list that will hold the load's failures."""
    failed: list[int] = []
    thread = threading.Thread(target=lambda: failed.extend(pipeline.load(bodies)))
    thread.start()
    return thread, failed


def test_a_load_that_meets_a_conflict_is_tried_again_at_once(
    pipeline: Pipeline, rival: psycopg2.extensions.connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Another session has changed a row of the ledger, which the load's snapshot does not show."""
    pipeline.run(a=csv_of(sale(1)))
    bodies = pipeline.request(a=csv_of(sale(2), sale(3)))
    execute(rival, "update load_files set sentence = 'touched'")

    load, failed = start_load(pipeline, bodies)
    waiting_load(pipeline)
    rival.commit()
    load.join()

    assert failed == []
    # PostgreSQL's code of a conflict, and Redshift's.
    assert "40001" in caplog.text or "1023" in caplog.text
    assert pipeline.rows("select count(*) from transactions") == [(2,)]


def test_a_lost_connection_is_replaced_in_the_middle_of_a_load(
    pipeline: Pipeline, rival: psycopg2.extensions.connection, caplog: pytest.LogCaptureFixture
) -> None:
    """All work of the load is rolled back and done again."""
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    execute(rival, "lock table products")

    load, failed = start_load(pipeline, bodies)
    execute(rival, f"select pg_terminate_backend({waiting_load(pipeline)})")
    rival.rollback()
    load.join()

    assert failed == []
    assert "load_retried" in caplog.text
    assert pipeline.statuses() == {"a": "loaded", "b": "loaded"}
    assert pipeline.rows("select count(*) from transactions") == [(2,)]


def test_a_batch_that_cannot_get_the_lock_goes_back_to_the_queue(
    pipeline: Pipeline,
    rival: psycopg2.extensions.connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The wait is bounded, and there is one for the whole batch, not one for each file."""
    monkeypatch.setenv("LOAD_TIMEOUT", "2")
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    execute(rival, "lock table load_lock")
    began = time.monotonic()

    assert pipeline.load(bodies) == [0, 1]

    assert 1 <= time.monotonic() - began < 2
    assert "batch_failed" not in caplog.text
    rival.rollback()
    assert pipeline.load(bodies) == []


def test_a_session_that_holds_the_lock_for_longer_than_a_function_can_live_is_ended(
    pipeline: Pipeline, rival: psycopg2.extensions.connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It belongs to a load whose function has vanished. Its transaction is rolled back."""
    monkeypatch.setenv("LOAD_TIMEOUT", "2")
    bodies = pipeline.request(a=csv_of(sale(1)))
    execute(rival, "lock table load_lock")
    time.sleep(2.5)  # Redshift's clock counts whole seconds

    assert pipeline.load(bodies) == []

    with pytest.raises(psycopg2.OperationalError):
        execute(rival, "select 1")


def test_messages_that_failed_often_are_loaded_a_few_at_a_time(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them may have ended the function, and with it every load of the same batch."""
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)), c=csv_of(sale(3)), d=csv_of(sale(4)))
    receives = ["1", "3", "2", "5"]
    records = [
        {"messageId": body, "body": body, "attributes": {"ApproximateReceiveCount": count}}
        for body, count in zip(bodies, receives, strict=True)
    ]
    requests = [LoadRequest.from_json(body) for body in bodies]
    monkeypatch.setattr(messages, "SUSPECTS_TOGETHER", 1)

    fresh, *alone = messages.batches(messages.messages_of({"Records": records})[0])

    assert fresh == [requests[0], requests[2]]
    assert sorted(alone, key=repr) == sorted([[requests[1]], [requests[3]]], key=repr)


def test_no_load_is_begun_when_the_functions_time_is_nearly_over(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages are delivered again."""
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    monkeypatch.setattr(load_handler, "WORK_SHARE", -1)

    assert pipeline.load(bodies) == [0, 1]
    assert pipeline.statuses() == {}
