"""The page ends with its cloud, and by Ctrl-C."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_cloud import LocalCloud, make_project
from tests.support.served_page import served_page

TOY_APP = Path(__file__).parent / "toys" / "app.py"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return the cloud of a small project."""
    project = make_project(tmp_path_factory.mktemp("project"), TOY_APP)
    cloud = LocalCloud(project / ".local", project)
    cloud.up()
    yield cloud
    cloud.run("down")


def test_ctrl_c_ends_the_page_alone(cloud: LocalCloud) -> None:
    with served_page(cloud) as (_url, process):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err.splitlines()[-1]) == (0, "The page is closed.")
    assert cloud.run("status").returncode == 0


def test_a_second_page_names_the_address_of_the_first(cloud: LocalCloud) -> None:
    with served_page(cloud) as (url, _process):
        second = cloud.run("page")

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"The page is open already, at {url}\n"


def test_down_ends_the_page_before_it_returns(cloud: LocalCloud) -> None:
    with served_page(cloud) as (_url, process):
        assert cloud.run("down").returncode == 0
        _, err = process.communicate(timeout=5)

    assert process.returncode == 0
    assert err.splitlines()[-1] == "The local cloud has stopped, and its page with it."


def test_without_a_cloud_there_is_no_page(tmp_path: Path) -> None:
    result = LocalCloud(tmp_path / "state").run("page")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("The local cloud is not running: ")
