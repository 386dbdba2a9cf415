"""The command `sweep`: its output and its exit code."""

import time
from collections.abc import Iterator

import pytest

from chalicelib.operations.reingests import TRIES
from chalicelib.storage.raw_tags import TRIES_TAG as TAG
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import RAW, csv_of, sale


@pytest.fixture
def unnotified(empty_cloud: LocalCloud) -> Iterator[LocalCloud]:
    """Return an empty cloud whose raw bucket sends no notifications."""
    s3 = empty_cloud.client("s3")
    notifications = s3.get_bucket_notification_configuration(Bucket=RAW)
    del notifications["ResponseMetadata"]
    s3.put_bucket_notification_configuration(Bucket=RAW, NotificationConfiguration={})
    yield empty_cloud
    s3.put_bucket_notification_configuration(Bucket=RAW, NotificationConfiguration=notifications)


def test_the_command_sends_files_again_and_prints_a_line_about_each_finding(unnotified: LocalCloud) -> None:
    """The exit code is 1 if somebody has to do something."""
    s3 = unnotified.client("s3")
    tried = f"{TAG}={TRIES}"
    s3.put_object(Bucket=RAW, Key="stuck.csv", Body=csv_of(sale(1)), Tagging=tried)
    s3.put_object(Bucket=RAW, Key="a.csv", Body=csv_of(sale(2)))

    young, old = unnotified.run("sweep"), unnotified.run("sweep", "--minutes", "0")

    counts = "files sent again: {}\nstaged parts removed: 0\nsuspect sales: 0\n"
    assert (young.returncode, young.stdout) == (0, counts.format(0)), young.stderr
    stuck = "stuck: stuck.csv: sent again three times and still not loaded\n"
    assert (old.returncode, old.stdout) == (1, stuck + counts.format(1)), old.stderr
    until = time.monotonic() + 30
    while unnotified.keys(RAW) != ["stuck.csv"] and time.monotonic() < until:
        time.sleep(0.2)
    assert unnotified.query("select object_key, status from load_files") == [
        {"object_key": "a.csv", "status": "loaded"}
    ]
