"""What Chalice is told of a stage that it deploys, and what a release asks of CloudFormation."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ReadTimeoutError

from infra import release, smoke
from infra.accounts import Account
from infra.deploying import ADMINS_SECRET, Options, Stage, settings, users
from infra.errors import InfraError
from infra.names import Names
from infra.packaging import TEMPLATE
from infra.policies import policies
from infra.release import Stack
from infra.runtimes import runtime
from local.state import PROJECT

STAGE = Stage(PROJECT, "dev", Account("123456789012", "eu-west-1", boto3.Session()), runtime())
VPC = Options("redshift-serverless://cafe/cafe", subnets=("subnet-1",), security_groups=("sg-1",))


def test_ingest_is_not_in_the_warehouses_network() -> None:
    """It has no right to make network interfaces; Lambda would refuse it."""
    told = settings(STAGE, VPC)

    assert sorted(told["lambda_functions"]) == ["create_database", "load", "replay", "sweep"]
    assert "subnet_ids" not in told
    for function in told["lambda_functions"].values():
        assert (function["subnet_ids"], function["security_group_ids"]) == (["subnet-1"], ["sg-1"])


@pytest.mark.parametrize("function", ["create_database", "load", "replay", "sweep"])
def test_who_is_in_the_network_may_make_interfaces(function: str) -> None:
    """And ingest may not."""
    actions = {name: json.dumps(policy) for name, policy in policies(PROJECT, "dev").items()}

    assert "ec2:CreateNetworkInterface" in actions[function]
    assert "ec2:" not in actions["ingest"]


def test_a_workgroup_lets_roles_in_and_a_cluster_its_user() -> None:
    """As Redshift calls those who come with a temporary password."""
    names = STAGE.names

    assert users(names, Options("redshift-serverless://cafe/cafe"))["WRITERS"] == (
        "IAMR:cafe-etl-dev-load,IAMR:cafe-etl-dev-replay"
    )
    assert users(names, Options("redshift://loader@cafe-etl-1/cafe"))["WRITERS"] == "loader"
    assert users(names, Options("redshift://cafe-etl-1/cafe"))["WRITERS"] == "cafe_etl"


def test_the_admins_secret_that_is_named_is_the_one_that_may_be_read() -> None:
    """And no other is any more."""
    text = json.dumps(policies(PROJECT, "dev")["create_database"]).replace("${AWS::Partition}", "aws")
    text = text.replace("${AWS::Region}", "eu-west-1").replace("${AWS::AccountId}", "1")
    given = "arn:aws:secretsmanager:eu-west-1:1:secret:ours-AbCdEf"

    assert ADMINS_SECRET.sub(given, text).count(given) == 1
    assert "redshift!" not in ADMINS_SECRET.sub(given, text)


def test_arguments_may_be_written_over_several_lines() -> None:
    """Make would take the second for a command of its own."""
    result = subprocess.run(
        ["make", "-n", "release", "ARGUMENTS=A=1\n    B=2"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert re.search(r"infra release --stage prod +A=1 +B=2$", result.stdout, re.MULTILINE)


class CloudFormation:
    """A stack as CloudFormation tells of it."""

    def __init__(
        self, status: str, *, parameters: tuple[str, ...] = (), failures: tuple[str, ...] = ()
    ) -> None:
        self.status = status
        self.parameters = parameters
        self.failures = failures

    def describe_stacks(self, **_asked: Any) -> dict[str, Any]:
        """Return the one stack."""
        told = [{"ParameterKey": name, "ParameterValue": "x"} for name in self.parameters]
        return {"Stacks": [{"StackStatus": self.status, "Parameters": told}]}

    def get_paginator(self, _name: str) -> "CloudFormation":
        """Return what pages through the events."""
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        """Return the events, the newest first, as AWS does."""
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
    """Return a folder with a template of two parameters."""
    told: dict[str, Any] = {"Parameters": {"Kept": {}, "Given": {}}}
    (tmp_path / TEMPLATE).write_text(yaml.safe_dump(told), encoding="utf-8")
    return tmp_path


def test_what_is_not_named_stays_and_what_is_gone_is_not_asked_for(build: Path) -> None:
    """A newer template may have fewer parameters than the stack."""
    fake = CloudFormation("UPDATE_COMPLETE", parameters=("Kept", "Given", "Gone"))
    stack = Stack("s", "b", {"Given": "new"})

    assert release.parameters(build, stack, fake, is_new=False) == [
        {"ParameterKey": "Given", "ParameterValue": "new"},
        {"ParameterKey": "Kept", "UsePreviousValue": True},
    ]


def test_only_what_failed_this_time_is_told() -> None:
    """A stack's events are those of all its days."""
    old = tuple(f"old-{number}" for number in range(12))
    fake = CloudFormation("UPDATE_ROLLBACK_COMPLETE", failures=(*old, "new-1"))

    assert release.failures(Stack("s", "b", {}), fake, "new") == ["new-1: no"]


class Lambda:
    """A stage that takes too long to answer."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def put_object(self, **_asked: Any) -> dict[str, str]:
        """Take the file."""
        return {"VersionId": "1"}

    def list_object_versions(self, **_asked: Any) -> dict[str, Any]:
        """Tell that it is loaded."""
        return {}

    def delete_object(self, **asked: Any) -> None:
        """Note what was deleted."""
        self.deleted.append(asked["VersionId"])

    def invoke(self, **_asked: Any) -> None:
        """Take too long."""
        raise ReadTimeoutError(endpoint_url="there")


def test_a_smoke_test_whose_stage_does_not_answer_takes_its_file_away() -> None:
    """And says that the rest could not be removed."""
    fake = Lambda()

    with pytest.raises(InfraError, match=r"Nor can smoke_test_\S+ be removed"):
        smoke.smoke(Names.of(PROJECT, "dev"), lambda _service: fake, lambda _line: None)
    assert fake.deleted == ["1"]
