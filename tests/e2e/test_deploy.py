"""`make deploy`, `make smoke` and `make destroy`, with the real Chalice, against the local cloud."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import template
from infra.names import Names, config
from infra.runtimes import THIS_PYTHON
from infra.saved_queries import QUERIES
from local.account import ACCOUNT, REGION
from local.environment import cloud_environment
from local.state import PROJECT
from tests.support import sample_events
from tests.support.checkout import checkout, run_chalice
from tests.support.local_cloud import LocalCloud
from tests.support.sample_events import ROWS, Row

NAMES = Names.of(PROJECT, "dev").within(ACCOUNT, REGION)
FUNCTIONS = {NAMES.function(name) for name in config(PROJECT)["lambda_functions"]}


def make(
    cloud: LocalCloud, target: str, *variables: str, project: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """Run a target as a user does after `python -m local env`, with the virtual environment of the tests."""
    stamp = f"--old-file={sys.prefix}/.installed-{THIS_PYTHON}"
    command = ["make", stamp, target, f"VENV={sys.prefix}", f"PYTHON={sys.executable}", *variables]
    script = f"""
        eval "$('{sys.executable}' -m local --state '{cloud.state}' env)" && {shlex.join(command)}
    """
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh checkout: a deployment writes the names of its account into it."""
    return checkout(tmp_path_factory.mktemp("checkout") / "cafe-etl")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout that no stage was deployed from."""
    return checkout(tmp_path_factory.mktemp("fresh") / "cafe-etl")


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, clone: Path) -> Iterator[LocalCloud]:
    """Return a cloud with the stages dev and local; make deploys dev from a fresh checkout, and deletes it."""
    cloud.reset()
    at_once = ("--load-minutes 0", f"WAREHOUSE={cloud.running.warehouse}")
    # The second time make and Chalice know the warehouse, and that files are loaded at once.
    for arguments, *warehouse in (at_once, ("--reader-roles analyst",)):
        result = make(cloud, "deploy", "STAGE=dev", f"ARGUMENTS={arguments}", *warehouse, project=clone)
        assert result.returncode == 0, result.stdout + result.stderr
        assert ("Written: .chalice/config.json\n" in result.stderr) is bool(warehouse)
        assert result.stderr.splitlines()[-1] == (
            f"The stage dev is deployed: account {ACCOUNT}, region {REGION}, endpoint {cloud.endpoint}."
        )
    yield cloud
    destroyed = make(cloud, "destroy", "STAGE=dev", project=clone)
    assert destroyed.returncode == 0, destroyed.stderr
    assert destroyed.stderr.splitlines()[-1] == (
        "The stage dev is deleted."
        f" Kept: {NAMES.processed_bucket}, {NAMES.raw_bucket}, {NAMES.hash_key_secret}."
    )
    assert functions(cloud).isdisjoint(FUNCTIONS)
    assert not cloud.client("sqs").list_queues(QueueNamePrefix=NAMES.prefix).get("QueueUrls")
    assert dashboards(cloud, NAMES.prefix) == []
    assert NAMES.reader_role not in roles(cloud)
    saved = cloud.client("logs").describe_query_definitions(queryDefinitionNamePrefix="cafe-etl-dev/")
    assert saved["queryDefinitions"] == []
    cloud.reset()


def functions(cloud: LocalCloud) -> set[str]:
    """Return the names of all functions."""
    return {function["FunctionName"] for function in cloud.client("lambda").list_functions()["Functions"]}


@pytest.mark.parametrize("time", ["first", "second"])
def test_plain_chalice_deploys_a_stage_that_make_has_made(
    deployed: LocalCloud, clone: Path, time: str
) -> None:
    """It changes no function's settings; the tests after this one find the stage as make left it."""
    before = variables(deployed)

    result = run_chalice(clone, "deploy", "--stage", "dev", cloud=deployed)

    assert result.returncode == 0, time + result.stdout + result.stderr
    assert variables(deployed) == before


def variables(cloud: LocalCloud) -> dict[str, dict[str, str]]:
    """Return the variables of each function of dev."""
    client = cloud.client("lambda")
    return {
        function: client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        for function in FUNCTIONS
    }


def roles(cloud: LocalCloud) -> dict[str, Any]:
    """Return the trust policies of all roles by their names."""
    pages = cloud.client("iam").get_paginator("list_roles").paginate()
    return {role["RoleName"]: role["AssumeRolePolicyDocument"] for page in pages for role in page["Roles"]}


def test_readers_may_assume_a_role_of_the_stage(deployed: LocalCloud) -> None:
    """The second deployment named them."""
    [statement] = roles(deployed)[NAMES.reader_role]["Statement"]

    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/analyst"]}


def test_a_query_of_a_stage_with_a_postgresql_says_how_to_connect(deployed: LocalCloud, clone: Path) -> None:
    """Its functions know which warehouse it is."""
    result = subprocess.run(
        [sys.executable, "-m", "infra", "query", "select 1", "--stage", "dev"],
        cwd=clone,
        env={**os.environ, **cloud_environment(deployed.endpoint, deployed.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("This warehouse is a PostgreSQL, and the Data API is Redshift's alone.")


@pytest.mark.parametrize("stage", ["local", "dev"])
def test_a_smoke_test_passes_and_leaves_nothing(deployed: LocalCloud, clone: Path, stage: str) -> None:
    """Its own file is loaded and removed; the figures of other files stay."""
    deployed.put(PROJECT / "samples" / "dunley_quay_14-03-2022_08-00-00.csv")
    before = deployed.totals()

    result = make(deployed, "smoke", f"STAGE={stage}", project=clone)

    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines()[-2:] == [
        "Loaded: 2 sales, 3 items, 4.50 pounds.",
        "Removed again.",
    ]
    assert deployed.totals() == before
    assert [row["store_name"] for row in deployed.query("select store_name from stores")] == ["Dunley Quay"]
    assert not [
        key for key in deployed.keys(NAMES.raw_bucket) + deployed.keys("ads-raw-data") if "smoke" in key
    ]


def test_settings_that_chalice_lacks_are_set(deployed: LocalCloud) -> None:
    """They are partial failures, the concurrency of loads, and the destination of failed events."""
    client = deployed.client("lambda")
    mappings = {
        mapping["FunctionArn"].rsplit(":", 1)[-1]: mapping
        for mapping in client.list_event_source_mappings()["EventSourceMappings"]
    }
    failures = client.get_function_event_invoke_config(FunctionName=NAMES.function("ingest"))

    for function in (NAMES.function("load"), "cafe-etl-local-load"):
        assert mappings[function]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mappings[function]["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert failures["DestinationConfig"]["OnFailure"]["Destination"].endswith(":cafe-etl-dev-ingest-dead")
    assert functions(deployed) >= FUNCTIONS


def test_buckets_queues_and_alarms_are_those_of_the_template(deployed: LocalCloud) -> None:
    """Calls create them here, not a stack, but with the same settings."""
    s3 = deployed.client("s3")
    alarms = deployed.client("cloudwatch").describe_alarms(AlarmNamePrefix=NAMES.prefix)["MetricAlarms"]
    queue = deployed.client("sqs").get_queue_url(QueueName=NAMES.load_queue)["QueueUrl"]
    attributes = deployed.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])[
        "Attributes"
    ]

    declared = template.build(PROJECT, "dev")["Resources"].values()
    assert {alarm["AlarmName"] for alarm in alarms} == {
        body["Properties"]["AlarmName"] for body in declared if body.get("Type") == "AWS::CloudWatch::Alarm"
    }
    assert json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].endswith(":cafe-etl-dev-load-dead")
    for bucket in (NAMES.raw_bucket, NAMES.processed_bucket):
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_dashboard_and_saved_queries_are_there_once(deployed: LocalCloud) -> None:
    """The stage was deployed twice; a second query of the same name would stand beside the first one."""
    dashboard = NAMES.prefix + "operations"
    queries = deployed.client("logs").describe_query_definitions(queryDefinitionNamePrefix="cafe-etl-dev/")

    assert dashboards(deployed, NAMES.prefix) == [dashboard]
    assert sorted(query["name"] for query in queries["queryDefinitions"]) == sorted(
        f"cafe-etl-dev/{name}" for name in QUERIES
    )


def dashboards(cloud: LocalCloud, prefix: str) -> list[str]:
    """Return the names of the dashboards of a stage."""
    entries = cloud.client("cloudwatch").list_dashboards(DashboardNamePrefix=prefix)["DashboardEntries"]
    return [entry["DashboardName"] for entry in entries]


def test_each_function_has_its_own_permissions_in_its_own_stage(deployed: LocalCloud) -> None:
    """The policies name the stage, the account and the region, without a wildcard for them."""
    iam = deployed.client("iam")
    for function in FUNCTIONS:
        [name] = iam.list_role_policies(RoleName=function)["PolicyNames"]
        policy = json.dumps(iam.get_role_policy(RoleName=function, PolicyName=name)["PolicyDocument"])
        assert "${" not in policy
        assert ":*:*:" not in policy
        assert "cafe-etl-local" not in policy
        assert "arn:aws:s3:::ads-raw-data/" not in policy


def test_only_functions_that_enter_the_warehouse_have_its_url(deployed: LocalCloud) -> None:
    """Ingest reads files that anybody may send."""
    of_each = variables(deployed)

    assert [name for name in sorted(FUNCTIONS) if "WAREHOUSE" not in of_each[name]] == [
        NAMES.function("ingest")
    ]


def test_a_stage_that_was_deployed_from_another_folder_is_not_half_deleted(
    deployed: LocalCloud, clone: Path
) -> None:
    """Chalice would find nothing to delete: the functions would stay, but not the queues that they need."""
    notes = clone / ".chalice" / "deployed" / "dev.json"
    aside = notes.with_suffix(".aside")
    notes.rename(aside)
    try:
        result = make(deployed, "destroy", "STAGE=dev", project=clone)
        plain = run_chalice(clone, "deploy", "--stage", "dev", cloud=deployed)
        again = make(deployed, "deploy", "STAGE=dev", project=clone)
    finally:
        aside.rename(notes)

    assert (result.returncode, again.returncode) == (2, 2)
    assert "was deployed from another folder: copy .chalice/deployed/dev.json" in result.stderr
    assert "would connect the queue a second time, which Lambda refuses" in again.stderr
    assert "Chalice has no record of dev in .chalice/deployed" in plain.stderr
    assert functions(deployed) >= FUNCTIONS


def test_a_second_configuration_changes_no_file(deployed: LocalCloud, clone: Path) -> None:
    """Git has nothing to commit after it, and settings that nobody names stay."""
    before = {path: path.read_text() for path in (clone / ".chalice").rglob("*.json")}

    result = infra(deployed, clone, "configure", "--stage", "dev")

    assert (result.returncode, result.stderr) == (0, "")
    assert {path: path.read_text() for path in (clone / ".chalice").rglob("*.json")} == before
    written = json.loads(before[clone / ".chalice" / "config.json"])["stages"]["dev"]
    assert written["environment_variables"]["RAW_BUCKET"] == NAMES.raw_bucket
    assert "${" not in json.dumps(written)


def test_a_stack_that_was_never_released_gets_no_record(deployed: LocalCloud, clone: Path) -> None:
    """Chalice would look for functions that are not there."""
    result = infra(deployed, clone, "configure", "--stage", "prod")

    assert (result.returncode, result.stderr) == (
        1,
        "There is no stack ads-resources-stack-cf yet: `make release STAGE=prod` creates it.\n",
    )
    assert not (clone / ".chalice" / "deployed" / "prod.json").exists()


def test_plain_chalice_deploys_no_old_permissions(deployed: LocalCloud, clone: Path) -> None:
    """After a pull the policies may be other ones. The command that writes them again is named, and helps."""
    policy = clone / ".chalice" / "dev" / "policy-load.json"
    policy.write_text(policy.read_text().replace("ReceiveLoadRequests", "AsBefore"))

    refused = run_chalice(clone, "deploy", "--stage", "dev", cloud=deployed)
    configured = infra(deployed, clone, "configure", "--stage", "dev")

    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].endswith(
        "`python -m infra configure --stage dev` writes them again."
    )
    assert configured.stderr == "Written: .chalice/dev/policy-load.json\n"


def test_chalice_finds_the_logs_of_a_stage(deployed: LocalCloud, clone: Path) -> None:
    """The local cloud keeps logs in files, and has an empty log group for each function."""
    result = run_chalice(clone, "logs", "--stage", "dev", "-n", "load", cloud=deployed)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.fixture(scope="module")
def walked(deployed: LocalCloud) -> Iterator[LocalCloud]:
    """Return the cloud when the samples wait in the raw bucket of dev; each test takes the next event."""
    with sample_events.walk(deployed, "dev"):
        yield deployed


@pytest.mark.parametrize("row", ROWS, ids=[row.event for row in ROWS])
def test_an_event_does_the_same_on_a_stage_that_chalice_deployed(
    walked: LocalCloud, clone: Path, row: Row
) -> None:
    """Its functions have their own bucket, queue and permissions."""
    sample_events.check(walked, clone, "dev", row)


def test_chalice_deletes_functions_and_names_the_command_for_the_rest(
    deployed: LocalCloud, clone: Path
) -> None:
    """The buckets stay, and make deletes the rest when this module is done."""
    result = run_chalice(clone, "delete", "--stage", "dev", cloud=deployed)

    assert result.returncode == 0, result.stderr
    assert "`make destroy STAGE=dev` deletes queues, topics, alarms and logs, too." in result.stderr
    assert functions(deployed).isdisjoint(FUNCTIONS)
    assert deployed.client("sqs").list_queues(QueueNamePrefix=NAMES.prefix)["QueueUrls"]


def infra(cloud: LocalCloud, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m infra` in a project."""
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=project,
        env={**os.environ, **cloud_environment(cloud.endpoint, cloud.running.access_key)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("target", "variables", "sentence"),
    [
        ("deploy", ["STAGE=dev", "WAREHOUSE="], "Say which warehouse: WAREHOUSE="),
        (
            "deploy",
            ["STAGE=dev", "WAREHOUSE=mysql://x/y"],
            "WAREHOUSE must start with postgresql://, redshift:// or",
        ),
        (
            "release",
            ["ARGUMENTS=Warehouse=mysql://x/y"],
            "Warehouse must start with postgresql://, redshift:// or",
        ),
        (
            "deploy",
            ["STAGE=dev", "WAREHOUSE=postgresql://x/y", "ARGUMENTS=--subnets a"],
            "Functions in a VPC need both subnets and security groups",
        ),
        (
            "deploy",
            ["STAGE=dev", "WAREHOUSE=redshift://c/d", "ARGUMENTS=--admin-secret admin"],
            "Give the ARN of the admin's secret, not its name",
        ),
        ("smoke", ["STAGE=prod"], "There is no stack ads-resources-stack-cf"),
        ("destroy", ["STAGE=prod"], "There is no stack ads-resources-stack-cf"),
        ("destroy", [], "Say which stage: make destroy STAGE=dev"),
        ("release", ["STAGE=local"], "The stage local runs on this machine: `python -m local up`"),
        ("deploy", ["STAGE=prod"], "The stage prod is a stack"),
        ("deploy", ["STAGE=local"], "The stage local runs on this machine: `python -m local up`"),
        (
            "deploy",
            ["STAGE=nowhere"],
            "There is no stage nowhere in .chalice/config.json, only local, dev, prod",
        ),
        ("release", ["STAGE=dev"], "The stage dev is not a stack"),
        ("change-set", ["STAGE=dev"], "The stage dev is not a stack"),
        ("package", ["STAGE=dev"], "The stage dev is not a stack"),
        ("package", ["STAGE=local"], "The stage local runs on this machine: `python -m local up`"),
        ("package", ["ARCHITECTURE=vax"], "'vax' is not one of 'x86_64', 'arm64'"),
        ("destroy", ["STAGE=local"], "The stage local runs on this machine: `python -m local up`"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_a_sentence(
    cloud: LocalCloud, fresh: Path, target: str, variables: list[str], sentence: str
) -> None:
    """None of them writes anything into the checkout."""
    result = make(cloud, target, *variables, project=fresh)

    assert result.returncode != 0
    assert sentence in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
