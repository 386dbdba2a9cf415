"""The settings of a stage that Chalice deploys, and the requests of a release to CloudFormation."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import WaiterError

from infra import packages, release
from infra.accounts import Account
from infra.chalice_stage import Options, Stage
from infra.configuring import ADMINS_SECRET, settings, users
from infra.packages import Package
from infra.packaging import TEMPLATE, ZIP
from infra.policies import policies
from infra.release import Stack
from infra.runtimes import runtime
from infra.schemas import Schemas
from local.state import PROJECT

STAGE = Stage(PROJECT, "dev", Account("123456789012", "eu-west-1", boto3.Session()), runtime())
VPC = Options("redshift-serverless://cafe/cafe", subnets=("subnet-1",), security_groups=("sg-1",))


def test_ingest_is_not_in_the_warehouses_network() -> None:
    """It has no permission to create network interfaces, so Lambda would refuse it."""
    chosen = settings(STAGE, VPC)

    assert sorted(chosen["lambda_functions"]) == [
        "create_database",
        "load",
        "remove",
        "replay",
        "smoke_cleanup",
        "summarise",
        "sweep",
    ]
    assert "subnet_ids" not in chosen
    for function in chosen["lambda_functions"].values():
        assert (function["subnet_ids"], function["security_group_ids"]) == (["subnet-1"], ["sg-1"])


@pytest.mark.parametrize(
    "function", ["create_database", "load", "remove", "replay", "smoke_cleanup", "summarise", "sweep"]
)
def test_only_functions_in_the_network_may_create_interfaces(function: str) -> None:
    actions = {name: json.dumps(policy) for name, policy in policies(PROJECT, "dev").items()}

    assert "ec2:CreateNetworkInterface" in actions[function]
    assert "ec2:" not in actions["ingest"]


def test_a_workgroup_lets_roles_in_and_a_cluster_its_user() -> None:
    """These are the names that Redshift gives to users with a temporary password."""
    names = STAGE.names

    assert users(names, Options("redshift-serverless://cafe/cafe"))["WRITERS"] == (
        "IAMR:cafe-etl-dev-load,IAMR:cafe-etl-dev-remove,IAMR:cafe-etl-dev-replay,IAMR:cafe-etl-dev-smoke_cleanup"
    )
    assert users(names, Options("redshift://loader@cafe-etl-1/cafe"))["WRITERS"] == "loader"
    assert users(names, Options("redshift://cafe-etl-1/cafe"))["WRITERS"] == "cafe_etl"


def test_readers_are_the_sweep_the_summary_the_reader_and_the_users_that_the_options_name() -> None:
    serverless, cluster = "redshift-serverless://cafe/cafe", "redshift://cafe-etl-1/cafe"

    def readers(warehouse: str, names: str = "") -> str:
        return users(STAGE.names, Options(warehouse, readers=names))["READERS"]

    own = "IAMR:cafe-etl-dev-sweep,IAMR:cafe-etl-dev-summarise,IAMR:cafe-etl-dev-reader"
    assert readers(serverless) == own
    assert readers(serverless, "ana,IAMR:grafana") == f"{own},ana,IAMR:grafana"
    assert readers(cluster) == "IAMR:cafe-etl-dev-reader"
    assert readers(cluster, "ana") == "IAMR:cafe-etl-dev-reader,ana"


def test_create_database_may_read_the_secret_that_is_named_and_no_other() -> None:
    text = json.dumps(policies(PROJECT, "dev")["create_database"]).replace("${AWS::Partition}", "aws")
    text = text.replace("${AWS::Region}", "eu-west-1").replace("${AWS::AccountId}", "1")
    secret = "arn:aws:secretsmanager:eu-west-1:1:secret:ours-AbCdEf"

    assert ADMINS_SECRET.sub(secret, text).count(secret) == 1
    assert "redshift!" not in ADMINS_SECRET.sub(secret, text)


def test_arguments_may_be_written_over_several_lines() -> None:
    """Make would run the second line as a command of its own."""
    result = subprocess.run(
        ["make", "-n", "release", "ARGUMENTS=A=1\n    B=2"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert re.search(r"infra release --stage prod +A=1 +B=2$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], ""),
        (["PACKAGE=3f9c0a"], " --package 3f9c0a"),
        (["PACKAGE="], " --package ''"),
    ],
)
def test_a_package_that_is_named_is_never_that_of_the_build(arguments: list[str], options: str) -> None:
    """A variable of the shell that was meant to name one may be empty; one of the same name is none of ours."""
    result = subprocess.run(
        ["make", "-n", "release", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PACKAGE": "another"},
        capture_output=True,
        text=True,
        check=True,
    )

    command = re.findall(r"infra release.*$", result.stdout, re.MULTILINE)[-1]
    assert shlex.split(command) == shlex.split(f"infra release --stage prod{options}")


class CloudFormation:
    """CloudFormation with one stack."""

    def __init__(
        self, status: str, *, parameters: tuple[str, ...] = (), failures: tuple[str, ...] = ()
    ) -> None:
        self.status = status
        self.parameters = parameters
        self.failures = failures

    def describe_stacks(self, **_parameters: Any) -> dict[str, Any]:
        """Return the one stack."""
        parameters = [{"ParameterKey": name, "ParameterValue": "x"} for name in self.parameters]
        return {"Stacks": [{"StackStatus": self.status, "Parameters": parameters}]}

    def get_paginator(self, _name: str) -> "CloudFormation":
        """Return the paginator of the events: this object."""
        return self

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        """Return the events, the newest first as in AWS."""
        events = [
            {
                "ResourceStatus": "CREATE_FAILED",
                "LogicalResourceId": name,
                "ResourceStatusReason": "no",
                "ClientRequestToken": name.split("-")[0],
            }
            for name in reversed(self.failures)
        ]
        return [{"StackEvents": events}]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return a folder with a package, whose template has two parameters."""
    template: dict[str, Any] = {"Parameters": {"Unchanged": {}, "Changed": {}}}
    (tmp_path / TEMPLATE).write_text(yaml.safe_dump(template), encoding="utf-8")
    (tmp_path / ZIP).touch()
    return tmp_path


def test_parameters_keep_their_values_unless_they_are_named_or_gone() -> None:
    """Another template may have fewer parameters than the stack."""
    template: dict[str, Any] = {"Parameters": {"Unchanged": {}, "Changed": {}}}
    package = Package("digest", "a.yaml", "b.zip", Schemas(()), template)
    fake = CloudFormation("UPDATE_COMPLETE", parameters=("Unchanged", "Changed", "Gone"))
    stack = Stack("s", "b", {"Changed": "new"})

    assert release.parameters(package, stack, fake, is_new=False) == [
        {"ParameterKey": "Changed", "ParameterValue": "new"},
        {"ParameterKey": "Unchanged", "UsePreviousValue": True},
    ]


def test_only_the_failures_of_this_release_are_listed() -> None:
    """CloudFormation returns the events of all releases."""
    old = tuple(f"old-{number}" for number in range(12))
    fake = CloudFormation("UPDATE_ROLLBACK_COMPLETE", failures=(*old, "new-1"))

    assert release.failures(Stack("s", "b", {}), fake, "new") == ["new-1: no"]


class NothingNew(CloudFormation):
    """A CloudFormation to which a template is nothing new: without a change set, or with one without changes."""

    def __init__(self, reason: str) -> None:
        super().__init__("UPDATE_COMPLETE")
        self.reason = reason
        self.deleted = 0

    def create_change_set(self, **_parameters: Any) -> None:
        """Accept the change set."""

    def get_waiter(self, _name: str) -> "NothingNew":
        """Return the waiter for the change set: this object."""
        return self

    def wait(self, **_parameters: Any) -> None:
        """Fail as AWS's waiter does on a change set without changes."""
        if self.reason:
            raise WaiterError("ChangeSetCreateComplete", "FAILED", {})

    def describe_change_set(self, **_parameters: Any) -> dict[str, str]:
        """Return the reason of the failure, in AWS's words."""
        return {"StatusReason": self.reason}

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        """Return the change set."""
        return [{"Changes": []}]

    def delete_change_set(self, **_parameters: Any) -> None:
        """Count the change sets that are deleted."""
        self.deleted += 1


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
        "",
    ],
)
def test_a_pull_request_that_changes_nothing_says_so(
    build: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """And it leaves no change set that somebody could execute."""
    package = Package("digest", "a.yaml", "b.zip", Schemas(()), {"Parameters": {}})
    monkeypatch.setattr(packages, "upload", lambda *_arguments: package)
    monkeypatch.setattr(release, "_url", lambda *_arguments: "https://template")
    fake = NothingNew(reason)

    assert (
        release.preview(build, Stack("s", "b", {}), lambda _service: fake)
        == "The stack `s` would stay as it is.\n"
    )
    assert fake.deleted == 1
