"""Every sample event goes through the real `chalice invoke`, and does what the events' readme says."""

from collections.abc import Iterator

import pytest

from local.state import PROJECT
from tests.support import sample_events
from tests.support.local_cloud import LocalCloud
from tests.support.sample_events import EVENTS, ROWS, Row


@pytest.fixture(scope="module")
def walked(cloud: LocalCloud) -> Iterator[LocalCloud]:
    """Return a cloud on which the samples wait for the events; each test takes the next event."""
    with sample_events.walk(cloud, "local"):
        yield cloud


def test_the_readme_has_the_effect_of_every_event() -> None:
    assert sorted(row.event for row in ROWS) == sorted(path.name for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize("row", ROWS, ids=[row.event for row in ROWS])
def test_an_event_does_what_the_readme_says(walked: LocalCloud, row: Row) -> None:
    """The ledger gets the rows that the readme names, and no others."""
    sample_events.check(walked, PROJECT, "local", row)
