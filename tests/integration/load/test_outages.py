"""Outages: the warehouse or a loader stops in the middle of a load."""

import time
from datetime import date
from pathlib import Path

import pytest

from chalicelib.load import handler as load_handler
from local.samples import generator, menu
from tests.support.fault_injection import batch, start
from tests.support.fault_points import Halt
from tests.support.outages import FIGURES, Server, expected_figures
from tests.support.pipeline import Pipeline


def days(folder: Path) -> dict[str, bytes]:
    """Return the files of 23 days."""
    paths = generator.write_files(
        folder, stores=menu.STORES[:1], first_day=date(2022, 3, 1), days=23, sales=40, seed=9
    )
    return {path.name: path.read_bytes() for path in paths}


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
