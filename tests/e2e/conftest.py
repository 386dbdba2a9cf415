"""The cloud that these tests share, and no others: they are of one worker, which `tests/support/workers.py` says."""

from collections.abc import Iterator

import pytest

from tests.support.local_cloud import LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a running cloud with the project deployed; what a test leaves there the next one finds."""
    shared = LocalCloud(tmp_path_factory.mktemp("cloud") / "state")
    shared.up()
    yield shared
    shared.run("down")


@pytest.fixture
def empty_cloud(cloud: LocalCloud) -> LocalCloud:
    """Return the same cloud, emptied."""
    cloud.reset()
    return cloud
