"""A warehouse that is away for minutes, or for a night, needs nobody: the clock is simulated, all else is real."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import aws
from local.samples import generator, menu
from tests.support.night import Clock, Night
from tests.support.outages import FIGURES, Server, expected_figures
from tests.support.pipeline import RAW, Pipeline

EVENING = datetime(2024, 5, 1, 17)  # noqa: DTZ001 - UTC, as moto keeps it
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AT_ONCE = 5
"""Stores that send a file in the same minute."""

pytestmark = pytest.mark.timeout(600)  # ten hours take a quarter of a minute, on a busy machine some minutes


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Return the files of ten stores on five days, and one more of before."""
    paths = generator.write_files(
        tmp_path / "files",
        stores=menu.STORES[:10],
        first_day=date(2024, 4, 1),
        days=5,
        sales=6,
        seed=3,
    )
    paths += generator.write_files(
        tmp_path / "before", stores=menu.STORES[:1], first_day=date(2024, 3, 1), days=1, sales=6, seed=4
    )
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def night(
    pipeline: Pipeline,
    server: Server,
    files: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Night]:
    """Return an evening on which all is well: a file was loaded, sweeps have run, and no alarm rings."""
    assert pipeline.warehouse_url == server.url
    clock = Clock(EVENING)
    clock.rule(monkeypatch)
    night = Night(pipeline, clock, lambda: capsys.readouterr().out)
    key = list(files)[-1]
    night.upload(key, files[key])
    night.pass_time(HOUR)
    assert (night.alarms.ringing, pipeline.keys(RAW)) == (set(), [])
    night.alarms.rung.clear()
    yield night
    aws.queue_url.cache_clear()


def test_a_warehouse_that_is_down_for_ten_hours_gets_all_files_and_rings_once(
    pipeline: Pipeline, server: Server, night: Night, files: dict[str, bytes]
) -> None:
    """Fifty files come meanwhile. The event of one is lost: it alone is sent again, when the others are loaded."""
    *arriving, lost = list(files)[:50]
    server.crash()
    for hour in range(10):
        for key in arriving[hour * AT_ONCE : (hour + 1) * AT_ONCE]:
            night.upload(key, files[key])
        if hour == 2:
            night.upload(lost, files[lost], is_announced=False)
        night.pass_time(HOUR)
    assert (night.waiting(), len(pipeline.keys(RAW))) == (49, 50)
    server.start()
    night.pass_time(16 * MINUTE)
    assert night.waiting() == 0
    assert set(pipeline.keys(RAW)) <= {lost}
    night.pass_time(44 * MINUTE)

    assert (night.waiting(), pipeline.keys(RAW)) == (0, [])
    assert pipeline.rows(FIGURES) == [expected_figures(files)]
    assert night.reingested == [lost]
    assert night.alarms.rung == ["cafe-etl-local-load-failing"]
    assert night.alarms.ringing == set()


@pytest.mark.parametrize("minutes", [2, 20])
def test_a_blip_neither_rings_nor_reingests(
    pipeline: Pipeline, server: Server, night: Night, files: dict[str, bytes], minutes: int
) -> None:
    """The files are loaded two minutes after it, though a sweep that comes before finds them old enough."""
    keys = list(files)[:AT_ONCE]
    night.pass_time(10 * MINUTE)
    server.crash()
    for key in keys:
        night.upload(key, files[key])
    night.pass_time(minutes * MINUTE)
    server.start()
    night.pass_time(2 * MINUTE)
    assert (night.waiting(), pipeline.keys(RAW)) == (0, [])
    night.pass_time(HOUR)

    assert len(pipeline.statuses()) == len(keys) + 1
    assert (night.reingested, night.alarms.rung) == ([], [])
