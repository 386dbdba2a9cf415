"""Policies are read as IAM reads them, allow what only a Redshift needs, and stand on the page of permissions."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from chalicelib.warehouse import redshift
from chalicelib.warehouse.credentials import user_and_password
from infra.policies import paths
from local.cloud.worker import record_calls
from local.state import PROJECT
from tests.support.aws_calls import Call, Need, UnknownCallError, needs, read
from tests.support.iam_policies import (
    NO_PASSWORD,
    NO_SECRET,
    WITHOUT_COUNTERPART,
    Policy,
    grants,
    is_like,
    objections,
)
from tests.unit.project.test_documents import section, table

POLICIES: dict[str, Policy] = {
    function: json.loads(path.read_text(encoding="utf-8")) for function, path in paths(PROJECT).items()
}
PAGE = "docs/permissions.md"
RAW = "arn:aws:s3:::ads-raw-data"
ENDPOINT = {"Address": "warehouse.test", "Port": 5439}
ADMIN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redshift!cafe-etl-prod-admin-a1B2c3"
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeClusters": {"Clusters": [{"Endpoint": ENDPOINT}]},
    "GetClusterCredentials": {"DbUser": "IAM:cafe_etl", "DbPassword": "made up"},
    "GetSecretValue": {"SecretString": '{"username": "admin", "password": "made up"}'},
    "GetWorkgroup": {"workgroup": {"endpoint": {"address": "warehouse.test", "port": 5439}}},
    "GetCredentials": {"dbUser": "IAMR:load", "dbPassword": "made up"},
}
URLS = ["redshift://cafe-etl-prod/cafe", "redshift-serverless://cafe-etl-prod/cafe"]
WORDS = {"ArnLike": "like", "StringEquals": "is", "StringLike": "like"}


def policy(*actions: str, on: str = f"{RAW}/*", **more: Any) -> Policy:
    """Return a policy of one statement."""
    return {"Statement": [{"Sid": "One", "Effect": "Allow", "Action": actions, "Resource": [on], **more}]}


def call(operation: str, status: int = 200, parameters: str = "", **named: Any) -> Call:
    """Return a call of S3, as a worker records it."""
    return Call(
        "load", "s3", operation, status, {"Bucket": "ads-raw-data", **named}, tuple(parameters.split())
    )


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("arn:aws:s3:::raw/a/b.csv", "arn:aws:s3:::raw/*", True),
        ("arn:aws:s3:::raw", "arn:aws:s3:::raw/*", False),
        ("arn:aws:s3:::raw-too/a", "arn:aws:s3:::raw/*", False),
        ("key-a1B2c3", "key-??????", True),
        ("key-a1B2c34", "key-??????", False),
        ("a[1].csv", "a[1].csv", True),
        ("RAW", "raw", False),
    ],
)
def test_a_pattern_has_two_wildcards(text: str, pattern: str, *, expected: bool) -> None:
    """Every other character stands for itself."""
    assert is_like(text, pattern) is expected


def test_a_missing_permission_is_named_with_action_and_resource() -> None:
    """Reading a version of an object is another action than reading the object."""
    read_version = Need("s3:GetObjectVersion", f"{RAW}/a")

    assert objections(policy("s3:GetObjectVersion"), [read_version]) == []
    assert objections(policy("s3:GetObject"), [read_version]) == [
        f"s3:GetObjectVersion on {RAW}/a is not allowed",
        f"One: s3:GetObject on {RAW}/* is never used",
    ]


def test_a_condition_on_a_key_that_a_call_does_not_have_never_holds() -> None:
    """With a prefix as a condition S3 would answer 403 for a missing object, not 404."""
    staged = policy("s3:ListBucket", on=RAW, Condition={"StringLike": {"s3:prefix": "staged/*"}})

    assert objections(staged, [Need("s3:ListBucket", RAW, {"s3:prefix": "staged/1"})]) == []
    for context in ({"s3:prefix": "archive/1"}, {}):
        assert objections(staged, [Need("s3:ListBucket", RAW, context)])[0].endswith("is not allowed")


def test_all_resources_are_too_many() -> None:
    """An action on `*` is objected to even if it is used."""
    assert objections(policy("s3:GetObject", on="*"), [Need("s3:GetObject", f"{RAW}/a")]) == [
        "One: s3:GetObject on * is too wide"
    ]


def test_an_action_that_is_denied_is_not_allowed() -> None:
    """Whatever another statement allows."""
    denial = {
        "Sid": "Two",
        "Effect": "Deny",
        "Action": ["s3:GetObject"],
        "Resource": ["*"],
        "Condition": {"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:x"}},
    }
    allowed = policy("s3:GetObject")
    allowed["Statement"].append(denial)

    assert f"s3:GetObject on {RAW}/a is not allowed" in objections(
        allowed, [Need("s3:GetObject", f"{RAW}/a")]
    )


def test_an_action_that_is_listed_as_unused_must_be_unused() -> None:
    """Otherwise the list would hide more and more."""
    sid, (action, *_) = next((sid, list(actions)) for sid, actions in WITHOUT_COUNTERPART.items())
    allowed = policy(action, on=f"{RAW}/a")
    allowed["Statement"][0]["Sid"] = sid

    assert objections(allowed, []) == []
    assert objections(allowed, [Need(action, f"{RAW}/a")]) == [
        f"{sid}: {action} on {RAW}/a is used, and listed as without counterpart"
    ]


def test_an_action_that_is_listed_as_unused_is_in_a_policy() -> None:
    allowed = {(grant.sid, grant.action) for document in POLICIES.values() for grant in grants(document)}

    assert {(sid, action) for sid, actions in WITHOUT_COUNTERPART.items() for action in actions} <= allowed


@pytest.mark.parametrize(
    "unknown",
    [call("PutBucketAcl", parameters="Bucket ACL"), call("PutObject", parameters="Bucket Key ACL", Key="a")],
)
def test_an_unknown_call_is_not_passed_over(unknown: Call) -> None:
    """Neither is a known one with a parameter that may need more."""
    with pytest.raises(UnknownCallError, match="ACL"):
        needs(unknown)


def test_a_conditional_delete_needs_the_permission_to_read() -> None:
    """S3 compares the eTag for the caller. A version that is named needs no comparison."""
    conditional = call("DeleteObject", parameters="Bucket Key IfMatch ExpectedBucketOwner", Key="a")
    of_a_version = call(
        "DeleteObject", parameters="Bucket Key VersionId ExpectedBucketOwner", Key="a", VersionId="1"
    )

    assert [need.action for need in needs(conditional)] == ["s3:DeleteObject", "s3:GetObject"]
    assert [need.action for need in needs(of_a_version)] == ["s3:DeleteObjectVersion"]


def test_a_call_on_a_bucket_that_may_be_anybodys_is_not_passed_over() -> None:
    """S3 checks the owner of a bucket only if the call names it."""
    with pytest.raises(UnknownCallError, match="ExpectedBucketOwner"):
        needs(call("GetObject", parameters="Bucket Key", Key="a"))


def test_a_404_needs_the_permission_to_list() -> None:
    """Without it S3 answers 403, and a function that checks whether an object exists would fail."""
    gone = call("GetObject", 404, "Bucket Key VersionId ExpectedBucketOwner", Key="a", VersionId="1")

    assert [(need.action, need.resource) for need in needs(gone)] == [
        ("s3:GetObjectVersion", f"{RAW}/a"),
        ("s3:ListBucket", RAW),
        ("s3:ListBucketVersions", RAW),
    ]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that records this process's calls; ANSWERS has the responses."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    record_calls(tmp_path / "calls")

    def answer(model: Any, **_: Any) -> Any:
        return SimpleNamespace(status_code=200), ANSWERS[model.name]

    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", answer)
    return tmp_path / "calls"


def reasons(function: str, recorded: Path) -> set[str]:
    """Return why a local cloud does not need the permissions for recorded calls; fail if a permission is missing."""
    granted, result = list(grants(POLICIES[function])), set()
    for need in (need for call in read(recorded) for need in needs(call)):
        allowing = [grant for grant in granted if grant.allows(need)]
        assert allowing, (function, need)
        result |= {WITHOUT_COUNTERPART[grant.sid][grant.action] for grant in allowing}
    return result


@pytest.mark.parametrize("url", URLS)
def test_functions_of_the_warehouse_may_enter_a_redshift(recorded: Path, url: str) -> None:
    """A local cloud has no Redshift, so this test answers the calls."""
    redshift.arguments(url)

    for function in sorted(POLICIES.keys() - {"ingest"}):
        assert reasons(function, recorded) == {NO_PASSWORD}


@pytest.mark.parametrize("url", URLS)
def test_create_database_may_enter_as_the_admin(recorded: Path, url: str) -> None:
    """The stack creates the Redshift, and Redshift the admin."""
    redshift.arguments(url, ADMIN)

    assert reasons("create_database", recorded) == {NO_PASSWORD}


def test_functions_of_the_warehouse_may_read_a_postgresqls_password(recorded: Path) -> None:
    user_and_password("cafe-etl/warehouse")

    for function in sorted(POLICIES.keys() - {"ingest"}):
        assert reasons(function, recorded) == {NO_SECRET}


def plain(heading: str) -> list[list[str]]:
    """Return the cells of the page's table under a heading, without code marks."""
    return [[cell.replace("`", "") for cell in row] for row in table(section(PAGE, heading))]


def row(function: str, statement: dict[str, Any]) -> list[str]:
    """Return a statement's row of the page's table, without code marks and without the reason."""
    conditions = [
        f"{key} {WORDS[operator]} {short(value, function)}"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    ]
    resources = [short(resource, function) for resource in statement["Resource"]]
    denial = "never " if statement["Effect"] == "Deny" else ""
    return [
        statement["Sid"],
        denial + ", ".join(statement["Action"]),
        ", ".join([*resources, *conditions]),
        use(statement),
    ]


def short(resource: str, function: str) -> str:
    """Return an ARN as the page's tables write it, with a placeholder for the function's own name."""
    name = resource.removeprefix("arn:aws:").replace(":*:*:", ":")
    return re.sub(rf"(?<=cafe-etl-\*-){function}(?=:|$)", "<function>", name)


def use(statement: dict[str, Any]) -> str:
    """Return the cell of the page's table on a statement's use in the run."""
    if statement["Effect"] == "Deny":
        return "never: no function makes such a call"
    unused = WITHOUT_COUNTERPART.get(statement["Sid"], {})
    if not unused:
        return "seen"
    [reason] = set(unused.values())
    if set(statement["Action"]) == unused.keys():
        return f"no: {reason}"
    return f"seen; not {', '.join(unused)}: {reason}"


@pytest.mark.parametrize("function", sorted(POLICIES))
def test_the_page_has_every_statement(function: str) -> None:
    """Statements of one function stand in its section, those of several in a section of their own, with reasons."""
    own = plain(f"## {function}")
    shared = plain("## Permissions of several functions")
    # ["EnterTheVpc", "load, replay", "ec2:…", "*", …] of several functions -> without the second cell, as of one
    rows = [*own, *([sid, *rest] for sid, functions, *rest in shared if function in functions.split(", "))]

    assert all(why for _, _, _, why, _ in rows)
    assert sorted([sid, actions, on, run] for sid, actions, on, _, run in rows) == sorted(
        row(function, statement) for statement in POLICIES[function]["Statement"]
    )
