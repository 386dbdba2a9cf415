"""Who has no account can try a stack: the commands of docs/deploy.md, from the package to the first loaded file."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.names import Names
from infra.runtimes import THIS_PYTHON
from local.account import ACCOUNT, REGION
from local.environment import cloud_environment
from local.state import PROJECT
from tests.e2e.test_readme import blocks, script
from tests.support.checkout import checkout
from tests.support.local_cloud import LocalCloud

NAMES = Names.of(PROJECT, "prod").within(ACCOUNT, REGION)
SAMPLE = "brackenford_14-03-2022_07-00-00.csv"
STACK = "ads-resources-stack-cf"

# Make would install everything anew in the copy: it gets the virtual environment of the tests.
MAKE = f"""
make() {{
    command make --old-file={shlex.quote(sys.prefix)}/.installed-{THIS_PYTHON} \\
        VENV={shlex.quote(sys.prefix)} PYTHON={shlex.quote(sys.executable)} "$@"
}}
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh checkout with the virtual environment of the tests."""
    folder = checkout(tmp_path_factory.mktemp("checkout") / "cafe-etl")
    (folder / ".venv").unlink(missing_ok=True)  # it may be a link in the project, too
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def cloud(clone: Path) -> Iterator[LocalCloud]:
    """Return the cloud that the commands of the document start."""
    cloud = LocalCloud(clone / ".local", clone)
    yield cloud
    cloud.run("down")


@pytest.fixture(scope="module")
def walked(cloud: LocalCloud, clone: Path) -> str:
    """Run the commands up to the first loaded file; return all that they print."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))}
    result = subprocess.run(
        ["bash", "-c", MAKE + script(blocks("docs/deploy.md", "Without an account"))],
        cwd=clone,
        env=environment | {"CAFE_LOCAL_STATE": str(cloud.state)},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = result.stdout + result.stderr
    assert (result.returncode, "a command failed" in printed) == (0, False), printed
    return printed


def infra(cloud: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the checkout against the local cloud."""
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=cloud.project,
        env={**os.environ, **cloud_environment(cloud.endpoint, cloud.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )


def until(is_done: Callable[[], bool]) -> None:
    """Wait until something is done; fail after a minute."""
    end = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.2)


def stacks(cloud: LocalCloud) -> list[tuple[str, str]]:
    """Return name and status of each stack."""
    described: list[dict[str, Any]] = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return sorted((stack["StackName"], stack["StackStatus"]) for stack in described)


def test_the_commands_make_a_stack_that_loads_a_file(walked: str, cloud: LocalCloud) -> None:
    """Each succeeds, and the smoke test passes on the way."""
    assert stacks(cloud) == [("ads-resources", "CREATE_COMPLETE"), (STACK, "CREATE_COMPLETE")]
    assert (
        f"The stack {STACK} is released: account {ACCOUNT}, region {REGION}, endpoint {cloud.endpoint}."
        in walked
    )
    assert "Loaded: 2 sales, 3 items, 4.50 pounds.\nRemoved again.\n" in walked
    until(lambda: not cloud.keys(NAMES.raw_bucket))
    [loaded] = cloud.query("select object_key, status, rows_loaded from load_files")
    assert loaded == {"object_key": SAMPLE, "status": "loaded", "rows_loaded": "51"}


def test_a_second_release_of_the_same_changes_nothing(walked: str, cloud: LocalCloud) -> None:
    """Parameters that are not named keep their values, so the warehouse stays."""
    assert walked
    result = infra(cloud, "release")

    assert result.returncode == 0, result.stderr
    assert f"The stack {STACK} needed no change" in result.stderr


def test_parameters_that_are_numbers_reach_alarms_and_functions(walked: str, cloud: LocalCloud) -> None:
    """The local CloudFormation leaves out alarms, which calls make."""
    assert walked
    result = infra(cloud, "release", "SweepMinutes=30", "LoadMinutes=60")

    assert result.returncode == 0, result.stderr
    [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=["cafe-etl-prod-no-sweep"])[
        "MetricAlarms"
    ]
    sweep = cloud.client("lambda").get_function_configuration(FunctionName=NAMES.function("sweep"))
    assert (alarm["EvaluationPeriods"], str(sweep["Environment"]["Variables"]["SWEEP_MINUTES"])) == (30, "30")


def test_the_release_says_what_is_gone_of_the_package_before(walked: str, cloud: LocalCloud) -> None:
    """It is done all the same: only the way back is gone."""
    assert walked
    s3, bucket = cloud.client("s3"), f"ads-resources-{ACCOUNT}-{REGION}"
    [listed] = infra(cloud, "packages").stdout.splitlines()
    digest = listed.split()[0]
    template = cloud.project / "build" / "sam.yaml"
    template.write_text(template.read_text(encoding="utf-8") + "\n# another package\n", encoding="utf-8")
    s3.delete_object(Bucket=bucket, Key=f"{STACK}/{digest}.yaml")

    result = infra(cloud, "release", "LogDays=30")

    assert result.returncode == 0, result.stderr
    assert f"The package {digest}, which ran before, is not in the bucket any more" in result.stderr


def test_a_stack_with_a_new_redshift_is_refused_in_a_sentence(walked: str, cloud: LocalCloud) -> None:
    """The local cloud has none. What to do instead is said, and the refused stack is in nobody's way."""
    assert walked
    destroyed = infra(cloud, "destroy", "--stage", "prod")
    assert (destroyed.returncode, stacks(cloud)) == (0, [("ads-resources", "CREATE_COMPLETE")]), (
        destroyed.stderr
    )

    buckets = {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]}
    assert buckets >= {NAMES.raw_bucket, NAMES.processed_bucket}, "an empty one, too"
    for _ in range(2):
        refused = infra(cloud, "release")

    assert refused.returncode == 1
    assert "The local cloud has no Redshift Serverless to create. Name its PostgreSQL: " in refused.stderr
    assert stacks(cloud) == [("ads-resources", "CREATE_COMPLETE"), (STACK, "REVIEW_IN_PROGRESS")]
    empty = infra(cloud, "destroy", "--stage", "prod")
    assert (empty.returncode, empty.stderr) == (0, "The stage prod is deleted. Kept: nothing.\n")


def test_an_empty_list_of_packages_says_so(walked: str, cloud: LocalCloud) -> None:
    """The packages of stages are apart from each other; a stack that `aws` deployed has none."""
    assert walked
    s3, bucket = cloud.client("s3"), f"ads-resources-{ACCOUNT}-{REGION}"
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix=f"{STACK}/")["Contents"]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"])

    result = infra(cloud, "packages")

    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"`make release STAGE=prod` has put no package of {STACK} into {bucket} yet.\n"


def test_a_template_that_the_local_cloudformation_cannot_make_is_named(
    cloud: LocalCloud, walked: str
) -> None:
    """Without this a client would only see that a server failed."""
    assert walked
    cloudformation = cloud.client("cloudformation")
    broken = '{"Resources": {"X": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": 7}}}}'
    cloudformation.create_change_set(
        StackName="broken", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=broken
    )

    with pytest.raises(cloudformation.exceptions.ClientError, match="cannot make the stack broken: "):
        cloudformation.execute_change_set(StackName="broken", ChangeSetName="first")


def test_the_aws_command_line_deploys_the_package(walked: str, cloud: LocalCloud) -> None:
    """They are the commands after `chalice package`. A cloud that starts again has no stack of before."""
    assert walked
    cloud.run("down")
    cloud.up()
    bucket = f"ads-resources-{ACCOUNT}-{REGION}"
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    packages = ("--s3-bucket", bucket)
    output = ("--output-template-file", "build/packaged.yaml")

    aws(cloud, "package", "--template-file", "build/sam.yaml", *packages, *output)
    aws(
        cloud,
        *("deploy", "--template-file", "build/packaged.yaml", *packages, "--stack-name", STACK),
        *("--capabilities", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--parameter-overrides", f"Warehouse={cloud.running.warehouse}"),
    )

    assert stacks(cloud) == [(STACK, "CREATE_COMPLETE")]
    smoked = infra(cloud, "smoke", "--stage", "prod")
    assert smoked.returncode == 0, smoked.stderr


def aws(cloud: LocalCloud, *arguments: str) -> None:
    """Run a command of `aws cloudformation` in the checkout; it must succeed."""
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", cloud.endpoint, "cloudformation"]
    result = subprocess.run(
        [*command, *arguments],
        cwd=cloud.project,
        env={**os.environ, **cloud_environment(cloud.endpoint, cloud.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
