"""The cloud that all end-to-end tests share. One worker runs them: see `tests/support/workers.py`."""

import os
from collections.abc import Iterator

import pytest

from local.cloud.worker import CALLS
from tests.support.full_run import do_everything
from tests.support.local_cloud import LocalCloud
from tests.support.recorded_run import RecordedRun


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a running cloud with the project deployed. Tests find in it what earlier ones have left."""
    shared = LocalCloud(tmp_path_factory.mktemp("cloud") / "state")
    shared.up()
    yield shared
    shared.run("down")


@pytest.fixture(scope="session")
def redshift_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a running cloud whose warehouse is the stand-in for Redshift; CI has the time for it."""
    if os.environ.get("CAFE_ENGINES") != "all":
        pytest.skip("make test ENGINES=all runs a second cloud on the stand-in for Redshift.")
    cloud = LocalCloud(tmp_path_factory.mktemp("redshift-cloud") / "state")
    cloud.up("--warehouse", "redshift")
    yield cloud
    cloud.run("down")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """Return what a cloud had whose functions did everything from a cold start. The cloud itself is down."""
    folder = tmp_path_factory.mktemp("everything")
    cloud = LocalCloud(folder / "state", environment={CALLS: str(folder / "calls")})
    cloud.up()
    try:
        do_everything(cloud)
        return RecordedRun.of(cloud, folder / "calls")
    finally:
        cloud.run("down")


@pytest.fixture(params=["cloud", "redshift_cloud"])
def each_cloud(request: pytest.FixtureRequest) -> LocalCloud:
    """Return the cloud of each warehouse, emptied."""
    cloud: LocalCloud = request.getfixturevalue(request.param)
    cloud.reset()
    return cloud


@pytest.fixture
def empty_cloud(cloud: LocalCloud) -> LocalCloud:
    """Return the same cloud, emptied."""
    cloud.reset()
    return cloud
