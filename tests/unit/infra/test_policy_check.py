"""Policies are held against AWS's service authorization reference, so that no call is denied by surprise."""

from typing import Any

import pytest
from click.testing import CliRunner

from infra import policy_check
from infra.policy_check import all_policies, faults
from infra.policy_reference import overlap
from local.state import PROJECT

TOPIC = "arn:aws:sns:eu-west-1:123456789012:cafe-etl-prod-notices"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:cafe-etl-prod-load"
BUCKET = "arn:aws:s3:::ads-raw-data"


def policy(actions: str, *resources: str, **more: Any) -> dict[str, Any]:
    """Return a policy of one statement."""
    statement = {"Sid": "One", "Effect": "Allow", "Action": actions.split(), "Resource": list(resources)}
    return {"Statement": [{**statement, **more}]}


@pytest.mark.parametrize(
    ("actions", "resource", "sentence"),
    [
        ("sns:Unsubscribe", TOPIC, "sns:Unsubscribe takes no resource, so it is allowed on * or not at all."),
        ("sqs:SendMessage", TOPIC, f"sqs:SendMessage takes none of these resources: {TOPIC}."),
        ("s3:GetObject", BUCKET, f"s3:GetObject takes none of these resources: {BUCKET}."),
        ("s3:ListBucket", f"{BUCKET}/*", f"s3:ListBucket takes none of these resources: {BUCKET}/*."),
        ("s3:PutBucketReplication", BUCKET, "AWS has no action s3:PutBucketReplication."),
        ("squeue:SendMessage", QUEUE, "AWS has no action squeue:SendMessage."),
    ],
)
def test_an_action_on_a_resource_that_it_does_not_take_is_an_error(
    actions: str, resource: str, sentence: str
) -> None:
    """IAM accepts such a policy, and denies the call."""
    assert faults(policy(actions, resource))[0] == f"One: {sentence}"


@pytest.mark.parametrize(
    ("actions", "resource", "sentences"),
    [
        ("s3:*", BUCKET, []),
        ("s3:Get*", f"{BUCKET}/*", []),
        ("sns:*Subscri*", TOPIC, []),
        ("sns:Unsub*", TOPIC, ["sns:Unsub* takes no resource, so it is allowed on * or not at all."]),
        ("s3:Got*", BUCKET, ["AWS has no action s3:Got*."]),
        ("sqs:*", TOPIC, [f"sqs:* takes none of these resources: {TOPIC}."]),
    ],
)
def test_a_wildcard_stands_for_the_actions_that_it_fits(
    actions: str, resource: str, sentences: list[str]
) -> None:
    """One of them at least has to take the resource."""
    assert [fault for fault in faults(policy(actions, resource)) if "none of the actions" not in fault] == [
        f"One: {sentence}" for sentence in sentences
    ]


def test_what_is_not_named_cannot_be_checked() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}

    assert faults({"Statement": statement}) == [
        "a statement without Sid: NotAction cannot be checked: name the actions and resources themselves."
    ]


def test_a_policy_that_says_who_may_assume_a_role_is_checked_too() -> None:
    """Its resource is the role, and an identity provider has condition keys of its own."""
    condition = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
    trusting = {"Sid": "One", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}

    assert faults({"Statement": [trusting]}) == []
    assert faults({"Statement": [{**trusting, "Action": "sts:AssumeRoles"}]}) == [
        "One: AWS has no action sts:AssumeRoles."
    ]


def test_a_resource_of_none_of_the_actions_is_an_error() -> None:
    assert faults(policy("s3:ListBucket s3:GetObject", BUCKET, f"{BUCKET}/*", QUEUE)) == [
        f"One: {QUEUE} is a resource of none of the actions."
    ]


@pytest.mark.parametrize(
    ("actions", "resource", "key", "is_fault"),
    [
        ("s3:ListBucket", BUCKET, "s3:prefix", False),
        ("s3:GetObject", f"{BUCKET}/*", "s3:prefix", True),
        ("s3:GetObject", f"{BUCKET}/*", "aws:SecureTransport", False),
        ("redshift-serverless:GetCredentials", "*", "aws:ResourceTag/stage", False),
        ("redshift-serverless:GetCredentials", "*", "aws:RequestTag/stage", True),
        ("ec2:CreateNetworkInterface", "*", "lambda:SourceFunctionArn", False),
        ("sns:Publish", TOPIC, "sns:Endpoint", True),
    ],
)
def test_a_condition_key_that_an_action_does_not_have_is_an_error(
    actions: str, resource: str, key: str, *, is_fault: bool
) -> None:
    """The key would never be in a request, so the condition would never hold, or always."""
    sentences = faults(policy(actions, resource, Condition={"StringEquals": {key: "x"}}))

    assert sentences == ([f"One: {actions} has no condition key {key}."] if is_fault else [])


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:s3:::raw", "arn:${Partition}:s3:::${BucketName}", True),
        ("arn:aws:s3:::raw/*", "arn:${Partition}:s3:::${BucketName}", False),
        ("arn:aws:s3:::*", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        ("arn:aws:s3:::raw/a/b", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        ("arn:aws:s3:::raw/", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", False),
        ("arn:*:s?s:*:*:load", "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", True),
        ("arn:aws:sqs:load", "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", False),
    ],
)
def test_a_pattern_and_the_form_of_an_arn_are_compared(pattern: str, arn: str, *, expected: bool) -> None:
    assert overlap(pattern, arn) is expected


def test_the_policies_of_functions_stack_bootstrap_and_network_are_checked() -> None:
    """Every policy is found, with its ARNs as texts."""
    policies = list(all_policies(PROJECT))

    owners = {owner for owner, _ in policies}
    assert {
        "load",
        "sweep",
        "bootstrap.yaml, ExecutionRole",
        "bootstrap.yaml, Boundary",
        "bootstrap.yaml, DeployRole",
        "network.yaml, FlowLogRole",
        "template.yaml, CopyRole",
        "template.yaml, AlarmTopicPolicy",
    } <= owners
    for _, document in policies:
        for statement in document["Statement"]:
            resources = statement.get("Resource", "*")  # a policy that says who may assume a role has none
            assert all(
                isinstance(text, str) for text in (resources if isinstance(resources, list) else [resources])
            )


def test_the_check_passes_and_prints_nothing() -> None:
    result = CliRunner().invoke(policy_check.command)

    assert (result.exit_code, result.output) == (0, "")


def test_the_check_fails_with_a_sentence_for_each_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        policy_check, "all_policies", lambda _project: [("load", policy("sns:Unsubscribe", TOPIC))]
    )

    result = CliRunner().invoke(policy_check.command)

    assert result.exit_code == 1
    assert result.output.startswith("load: One: sns:Unsubscribe takes no resource")
