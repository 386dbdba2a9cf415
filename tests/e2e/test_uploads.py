"""What a store does with the line of `upload-link`, and what a person with the policy may do."""

import json
import os
import shlex
import subprocess
import sys
import time

from local.environment import cloud_environment
from local.state import PROJECT
from tests.support.local_cloud import LocalCloud

SAMPLE = PROJECT / "samples" / "dunley_quay_14-03-2022_08-00-00.csv"
SECONDS = 60


def infra(cloud: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command for the cloud's account."""
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=PROJECT,
        env={**os.environ, **cloud_environment(cloud.endpoint, cloud.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_store_uploads_its_file_with_the_line_that_it_was_given(empty_cloud: LocalCloud) -> None:
    """It has no account of AWS, only the line."""
    result = infra(
        empty_cloud, "upload-link", "--stage", "local", "--store", "Dunley Quay", "--day", "2022-03-14"
    )
    assert result.returncode == 0, result.stderr
    command = [str(SAMPLE) if word == "FILE.csv" else word for word in shlex.split(result.stdout)]

    subprocess.run(command, check=True, capture_output=True)

    deadline = time.monotonic() + SECONDS
    while not (files := empty_cloud.query("select object_key, status, rows_loaded, remarks from load_files")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert files == [
        {
            "object_key": "dunley_quay/dunley_quay_14-03-2022.csv",
            "status": "loaded",
            "rows_loaded": "58",
            "remarks": "",
        }
    ]
    assert result.stderr.startswith(
        "The file becomes dunley_quay/dunley_quay_14-03-2022.csv in ads-raw-data:"
        " the sales of Dunley Quay on 14-03-2022."
    )


def test_a_policy_is_for_the_bucket_of_the_stage(cloud: LocalCloud) -> None:
    result = infra(cloud, "upload-policy", "--stage", "local", "--store", "Dunley Quay")

    assert json.loads(result.stdout)["Statement"][0]["Resource"] == [
        "arn:aws:s3:::ads-raw-data/dunley_quay/*",
        "arn:aws:s3:::ads-raw-data/dunley_quay_??-??-????*",
    ]


def test_no_link_is_made_for_a_stage_that_is_not_deployed(cloud: LocalCloud) -> None:
    result = infra(cloud, "upload-link", "--stage", "prod", "--store", "Leeds")

    assert (result.returncode, result.stdout) == (1, "")
    assert "There is no stack ads-resources-stack-cf yet" in result.stderr
