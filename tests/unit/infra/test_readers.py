"""The role with which people read the warehouse: who may assume it, and what it may do."""

import json
import re
from typing import Any

import boto3
import pytest

from infra import template
from infra.accounts import Account
from infra.names import Names
from infra.readers import arns
from infra.resolving import Resource
from infra.surroundings import surroundings
from local.state import PROJECT

NUMBER, REGION = "123456789012", "eu-west-1"
ANALYST = f"arn:aws:iam::{NUMBER}:role/analyst"


def resources(readers: str) -> dict[str, Resource]:
    """Return the resources of the stage dev on an existing warehouse, with some readers."""
    parameters = {"Warehouse": "redshift-serverless://cafes/cafe", "ReaderRoles": readers}
    return surroundings(PROJECT, "dev", NUMBER, REGION, parameters)


def role() -> dict[str, Any]:
    """Return the properties of the role for two readers."""
    return resources(f"{ANALYST},arn:aws:iam::{NUMBER}:user/ana")["ReaderRole"].properties


def test_only_those_in_the_parameter_may_assume_the_role() -> None:
    [statement] = role()["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"AWS": [ANALYST, f"arn:aws:iam::{NUMBER}:user/ana"]}
    assert statement["Action"] == "sts:AssumeRole"


def test_without_readers_there_is_no_role() -> None:
    assert "ReaderRole" not in resources("")


def test_a_reader_sends_statements_and_reads_the_results_of_its_own() -> None:
    """It reads no object and no secret; the warehouse itself says which tables it may read."""
    [policy] = role()["Policies"]
    statements = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}

    assert sorted(statements) == [
        "EnterTheCluster",
        "EnterTheWorkgroup",
        "ReadItsOwnResults",
        "SendStatements",
    ]
    assert statements["ReadItsOwnResults"]["Condition"] == {
        "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    }
    text = json.dumps(policy)
    assert set(re.findall(r'"([a-z0-9-]+):[A-Z]', text)) == {
        "redshift",
        "redshift-data",
        "redshift-serverless",
    }


def test_a_stack_with_a_warehouse_of_its_own_lets_readers_into_no_other() -> None:
    body = template.build(PROJECT, "prod")["Resources"]["ReaderRole"]["Properties"]
    [entering] = [
        statement
        for statement in body["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "EnterTheWorkgroup"
    ]

    assert entering["Resource"]["Fn::If"][:2] == [
        "CreatesWarehouse",
        {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]},
    ]


def test_the_readers_user_is_among_those_that_create_database_creates() -> None:
    functions = template.build(PROJECT, "prod")["Resources"]
    readers = json.dumps(functions["CreateDatabase"]["Properties"]["Environment"]["Variables"]["READERS"])

    assert re.search(r"IAMR:cafe-etl-(prod|\$\{Stage\})-reader,", readers)
    assert Names.of(PROJECT, "prod").reader_role == "cafe-etl-prod-reader"


@pytest.mark.parametrize(
    ("roles", "principals"),
    [
        ("", ""),
        ("analyst", ANALYST),
        (" analyst , people/ana", f"{ANALYST},arn:aws:iam::{NUMBER}:role/people/ana"),
        (f"arn:aws:iam::{NUMBER}:user/ana,analyst", f"arn:aws:iam::{NUMBER}:user/ana,{ANALYST}"),
    ],
)
def test_a_name_of_a_role_becomes_an_arn(roles: str, principals: str) -> None:
    """The trust policy of a role takes ARNs alone."""
    assert arns(roles, NUMBER, REGION) == principals
    pattern = template.load()["Parameters"]["ReaderRoles"]["AllowedPattern"]
    assert all(re.fullmatch(pattern, principal) for principal in principals.split(","))


def test_a_deployment_says_account_region_and_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who forgot whether the shell is that of the local cloud sees it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    account = Account(NUMBER, REGION, boto3.Session())
    assert (
        account.place == f"account {NUMBER}, region {REGION}, endpoint https://lambda.{REGION}.amazonaws.com"
    )

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert account.place == f"account {NUMBER}, region {REGION}, endpoint http://127.0.0.1:1"
