"""Outages: the warehouse or a loader stops in the middle of a load."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from chalicelib import aws
from chalicelib.load import handler as load_handler
from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud.postgres import Guardian
from local.samples import generator, menu
from local.state import State
from tests.support.fault_injection import batch, start
from tests.support.fault_points import Halt
from tests.support.oracle import read
from tests.support.pipeline import Pipeline

FIGURES = """
    select count(*), sum(total_price), (select count(*) from baskets), count(distinct file_id) from transactions
"""


class Server:
    """A PostgreSQL of one test, which can be stopped and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._state = State.open(folder)
        self._guardian = self._start()
        self.url = self._guardian.url

    def _start(self) -> Guardian:
        log = self._state.logs / "postgres.log"
        guardian = Guardian(self._state.warehouse, self._state.socket, log)
        assert guardian.wait_until_ready(), log.read_text(encoding="utf-8")
        return guardian

    def crash(self) -> None:
        """End the server at once, in the middle of its work."""
        pid = int((self._state.warehouse / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        while self._is_alive(pid):
            time.sleep(0.02)

    def _is_alive(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        # A zombie has ended, though its parent has not noticed.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"

    def start(self) -> None:
        """Start the server again."""
        self._guardian.stop()
        self._guardian = self._start()

    def stop(self) -> None:
        """End the server properly."""
        self._guardian.stop()


@pytest.fixture
def server(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server that the functions of the pipeline use."""
    server = Server(tmp_path / "state")
    monkeypatch.setattr(pipeline, "warehouse_url", server.url)
    monkeypatch.setitem(pipeline.environment, "WAREHOUSE", server.url)
    monkeypatch.setenv("WAREHOUSE", server.url)
    warehouse = Warehouse.connect(server.url)
    schema.create(warehouse)
    warehouse.close()
    yield server
    transaction.disconnect()
    aws.client.cache_clear()
    server.stop()


def days(folder: Path) -> dict[str, bytes]:
    """Return the files of 23 days."""
    paths = generator.write_files(
        folder, stores=menu.STORES[:1], first_day=date(2022, 3, 1), days=23, sales=40, seed=9
    )
    return {path.name: path.read_bytes() for path in paths}


def expected_figures(files: dict[str, bytes]) -> tuple[object, ...]:
    """Return the number of sales, their total, and the numbers of items and files, as plain csv has them."""
    readings = [read(content.decode()) for content in files.values()]
    sales = [sale for reading in readings for sale in reading.sales.values()]
    items = sum(len(items) for reading in readings for items in reading.items.values())
    return len(sales), sum(sale[3] for sale in sales), items, len(files)


def test_a_warehouse_that_crashes_in_the_middle_of_a_load_gets_everything_once(
    pipeline: Pipeline, server: Server, tmp_path: Path
) -> None:
    """All 23 messages are delivered again. Nobody has to do anything but start the warehouse."""
    files = days(tmp_path)
    bodies = pipeline.request(**files)
    halt = Halt("sql: insert into baskets")
    with start(load_handler.handle, [batch(bodies)], pipeline.environment, interruption=halt) as loader:
        loader.wait_until_halted()
        server.crash()
        loader.proceed()
        answer = loader.finish().answer

    assert sorted(int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]) == list(
        range(23)
    )
    server.start()
    assert pipeline.rows("select count(*) from transactions") == [(0,)]
    assert pipeline.load(bodies) == []
    assert pipeline.rows(FIGURES) == [expected_figures(files)]


def test_a_load_survives_a_warehouse_that_restarts_at_once(
    pipeline: Pipeline, server: Server, tmp_path: Path
) -> None:
    """The load starts again by itself, on a new connection."""
    files = days(tmp_path)
    bodies = pipeline.request(**files)
    halt = Halt("sql: insert into baskets")
    with start(load_handler.handle, [batch(bodies)], pipeline.environment, interruption=halt) as loader:
        loader.wait_until_halted()
        server.crash()
        server.start()
        loader.proceed()

        assert loader.finish().answer == {"batchItemFailures": []}

    assert pipeline.rows(FIGURES) == [expected_figures(files)]


def test_a_loader_that_is_frozen_while_it_holds_the_lock_does_not_block_others_for_long(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session is ended once it has held the lock for as long as a function can live. Later it starts anew."""
    timeout = 3
    monkeypatch.setenv("LOAD_TIMEOUT", f"{timeout}")
    files = days(tmp_path)
    bodies = pipeline.request(**files)
    environment = {**pipeline.environment, "LOAD_TIMEOUT": f"{timeout}"}
    halt = Halt("sql: insert into baskets")
    # Twelve files are in the batch of the frozen loader; this process loads the other eleven.
    with start(load_handler.handle, [batch(bodies[:12])], environment, interruption=halt) as frozen:
        frozen.wait_until_halted()
        began = time.monotonic()
        deliveries = 1
        while pipeline.load(bodies[12:]):
            deliveries += 1

        assert time.monotonic() - began < 3 * timeout
        assert deliveries <= 3
        assert pipeline.rows("select count(distinct file_id) from transactions") == [(11,)]
        frozen.proceed()
        answer = frozen.finish().answer

    assert (
        pipeline.load([bodies[int(failure["itemIdentifier"])] for failure in answer["batchItemFailures"]])
        == []
    )
    assert pipeline.rows(FIGURES) == [expected_figures(files)]
