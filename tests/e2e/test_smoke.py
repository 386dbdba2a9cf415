"""`python -m infra smoke` on the local cloud: stopped by signals, killed, and on a stage that cannot load."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest

from infra.names import Names
from infra.smoke import LATE_SECONDS
from local.account import ACCOUNT, REGION
from local.environment import cloud_environment
from local.state import PROJECT
from tests.support.local_cloud import LocalCloud

NAMES = Names.of(PROJECT, "local").within(ACCOUNT, REGION)
SECONDS = LATE_SECONDS + 30


def start(cloud: LocalCloud, *options: str) -> "subprocess.Popen[str]":
    """Start a smoke test."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra", "smoke", "--stage", "local", *options],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(cloud.endpoint, cloud.running.access_key)},
        stderr=subprocess.PIPE,
        text=True,
    )


def run(cloud: LocalCloud, *options: str) -> tuple[int, str]:
    """Run a smoke test; return its exit code and what it said."""
    with start(cloud, *options) as process:
        _, errors = process.communicate(timeout=SECONDS)
    return process.returncode, errors


def signalled(cloud: LocalCloud, number: int) -> tuple[int, str]:
    """Send a signal to a smoke test as soon as its file is in the bucket; return exit code and words."""
    words = ""
    with start(cloud) as process:
        assert process.stderr is not None
        for line in process.stderr:
            words += line
            if " is in " in line:
                process.send_signal(number)
    return process.returncode, words


def traces(cloud: LocalCloud) -> list[str]:
    """Return what there is of smoke tests in the warehouse and in both buckets."""
    rows = cloud.query("select object_key from load_files where object_key like 'smoke%'")
    stores = cloud.query("select store_name from stores where store_name = 'Smoke test'")
    keys = cloud.keys(NAMES.raw_bucket) + cloud.keys(NAMES.processed_bucket)
    return [
        *(row["object_key"] for row in rows),
        *(row["store_name"] for row in stores),
        *(key for key in keys if "smoke" in key and not key.startswith("staged/")),
    ]


def wait_for(cloud: LocalCloud, sql: str) -> None:
    """Wait until a query has a row."""
    deadline = time.monotonic() + SECONDS
    while not cloud.query(sql):
        assert time.monotonic() < deadline, sql
        time.sleep(0.2)


@contextmanager
def switched_off(cloud: LocalCloud) -> Iterator[None]:
    """Let the load queue call no function inside the block."""
    client = cloud.client("lambda")
    [mapping] = [
        mapping
        for mapping in client.list_event_source_mappings()["EventSourceMappings"]
        if mapping["FunctionArn"].endswith(f":{NAMES.function('load')}")
    ]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_smoke_test_that_is_stopped_leaves_nothing(empty_cloud: LocalCloud, number: int) -> None:
    """Its file may be on its way: its sales would come after a removal that did not wait for them."""
    exit_code, words = signalled(empty_cloud, number)

    assert exit_code == 128 + number, words
    assert words.splitlines()[-1] == "Removed."
    assert traces(empty_cloud) == []


def test_a_smoke_test_removes_what_a_killed_one_left(empty_cloud: LocalCloud) -> None:
    """Sales of no store would stay in the figures for ever. A store's own file stays, whatever its name."""
    empty_cloud.put(
        PROJECT / "samples" / "dunley_quay_14-03-2022_08-00-00.csv", key="smoke_test_dunley_quay.csv"
    )
    before = empty_cloud.totals()
    exit_code, _ = signalled(empty_cloud, signal.SIGKILL)
    assert exit_code == -signal.SIGKILL
    wait_for(empty_cloud, "select file_id from load_files where store_name = 'Smoke test'")

    exit_code, words = run(empty_cloud)

    assert exit_code == 0, words
    assert ".csv, which an earlier smoke test left." in words
    assert empty_cloud.totals() == before


def test_a_smoke_test_removes_a_file_that_an_earlier_one_left_in_the_bucket(
    empty_cloud: LocalCloud,
) -> None:
    """Its stage did not load then."""
    key = "smoke_test_25-08-2021_09-00-00.csv"
    with switched_off(empty_cloud):
        empty_cloud.client("s3").put_object(Bucket=NAMES.raw_bucket, Key=key, Body=b"no sales")
        exit_code, words = run(empty_cloud)
        assert (exit_code, empty_cloud.keys(NAMES.raw_bucket)) == (1, [key]), words

    exit_code, words = run(empty_cloud)

    assert exit_code == 0, words
    assert f"Removed {key}, which an earlier smoke test left.\n" in words
    assert empty_cloud.keys(NAMES.raw_bucket) == []


def test_a_stage_whose_queue_calls_nothing_gets_no_file(empty_cloud: LocalCloud) -> None:
    """It says so at once, and does not wait."""
    with switched_off(empty_cloud):
        exit_code, words = run(empty_cloud)

    assert exit_code == 1
    assert words.splitlines()[-1] == (
        "The queue does not call cafe-etl-local-load: its event source mapping is Disabled. Enable it."
    )
    assert " is in " not in words


def test_a_stage_whose_warehouse_does_not_answer_gets_no_file(empty_cloud: LocalCloud) -> None:
    """The function that answers for the warehouse is the one that removes the file."""
    with psycopg2.connect(empty_cloud.running.warehouse) as connection, connection.cursor() as cursor:
        cursor.execute("alter table load_files rename to lost")
    try:
        exit_code, words = run(empty_cloud)
    finally:
        with psycopg2.connect(empty_cloud.running.warehouse) as connection, connection.cursor() as cursor:
            cursor.execute("alter table lost rename to load_files")

    assert exit_code == 1
    assert "cafe-etl-local-smoke_cleanup failed: WarehouseError" in words
    assert " is in " not in words
    assert "Traceback" not in words


def test_a_stage_that_was_never_deployed_gets_no_file(empty_cloud: LocalCloud) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "infra", "smoke", "--stage", "dev"],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(empty_cloud.endpoint, empty_cloud.running.access_key)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, words = process.communicate(timeout=SECONDS)

    assert process.returncode == 1
    assert words.splitlines()[-1] == "There is no function cafe-etl-dev-ingest here: deploy the stage first."
