"""A local cloud whose `load` has times of day: nothing is loaded until somebody invokes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.client import invoke
from local.cloud.resources import names
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import csv_of, sale


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Return a cloud that a user started with six loads a day."""
    cloud = LocalCloud(tmp_path_factory.mktemp("times") / "state", environment={"LOAD_MINUTES": "240"})
    cloud.up()
    yield cloud
    cloud.run("down")


def test_chalice_gives_load_its_times_and_no_queue(cloud: LocalCloud) -> None:
    rules = cloud.client("events").list_rules()["Rules"]
    [rule] = [rule for rule in rules if rule["Name"].startswith("cafe-etl-local-load")]

    assert rule["ScheduleExpression"] == "cron(50 2/4 * * ? *)"
    assert cloud.clients.functions.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_file_waits_until_load_is_invoked(cloud: LocalCloud, tmp_path: Path) -> None:
    """`put` says so."""
    path = tmp_path / "leeds.csv"
    path.write_bytes(csv_of(sale(1), sale(2)))

    upload = cloud.put(path)

    assert (upload.returncode, cloud.totals()["files"]) == (3, "0")
    assert "waits for the next load; `chalice invoke --stage local -n load` loads it now" in upload.stdout
    assert invoke(cloud.clients, names().function("load"), {}) == {"loaded": 1, "failed": 0}
    assert cloud.totals()["sales"] == "2"
