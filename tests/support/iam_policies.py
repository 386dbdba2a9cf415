"""Policies as IAM reads them, held against what functions needed; and what no run in a local cloud can need."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.aws_calls import Need

Policy = dict[str, Any]

NO_PASSWORD: Final = "PostgreSQL has a password of its own"
NO_NETWORK: Final = "Lambda does it, before the function runs"
OWN_LOG: Final = "Lambda does it, with what the function prints"
POLLING: Final = "Lambda does it, when it polls the queue"
DESTINATION: Final = "Lambda does it, when an event has failed three times"
MEANWHILE: Final = "for an object that goes between listing and asking"

OF_THE_VPC: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""Lambda makes network interfaces before any exists that could be named, and refuses a role with less than these."""

ON_EVERYTHING: Final = {*OF_THE_VPC, "cloudwatch:PutMetricData"}
"""What is allowed on `*`: AWS takes it on nothing less."""

WITHOUT_COUNTERPART: Final[Mapping[str, Mapping[str, str]]] = {
    "AskForTheClustersTemporaryPassword": {"redshift:GetClusterCredentials": NO_PASSWORD},
    "EnterTheVpc": dict.fromkeys(OF_THE_VPC, NO_NETWORK),
    "FindAndEnterTheWorkgroup": dict.fromkeys(
        ("redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"), NO_PASSWORD
    ),
    "FindRawObjects": {"s3:ListBucket": MEANWHILE},
    "FindTheCluster": {"redshift:DescribeClusters": NO_PASSWORD},
    "LeaveEventsThatFailed": {"sqs:SendMessage": DESTINATION},
    "ListRawObjects": {"s3:ListBucket": MEANWHILE},
    "ReadTheAdminsPassword": {"secretsmanager:GetSecretValue": NO_PASSWORD},
    "TakeLoadRequests": dict.fromkeys(
        ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), POLLING
    ),
    "WriteItsOwnLog": dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents"), OWN_LOG),
}
"""The actions of statements that no run in a local cloud uses, and why."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, as a statement allows it."""

    sid: str
    action: str
    resource: str
    conditions: Mapping[str, Mapping[str, Any]] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.sid}: {self.action} on {self.resource}"

    def allows(self, need: Need) -> bool:
        """Tell whether this is enough for a need."""
        return (
            self.action == need.action
            and is_like(need.resource, self.resource)
            and all(
                _holds(operator, asked, need.context)
                for operator, keys in self.conditions.items()
                for asked in keys.items()
            )
        )


def grants(policy: Policy) -> Iterator[Grant]:
    """Yield what a policy allows, one by one."""
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow", "A denial would have to be weighed against what is allowed."
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}, statement
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield Grant(statement["Sid"], action, resource, statement.get("Condition", {}))


def is_like(text: str, pattern: str) -> bool:
    """Tell whether a text is as a pattern of IAM has it: * for anything, ? for one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _holds(operator: str, asked: tuple[str, Any], context: Mapping[str, str]) -> bool:
    """Tell whether a condition holds; one on what a call does not have never does."""
    key, wanted = asked
    values = [wanted] if isinstance(wanted, str) else wanted
    equals = {"StringEquals": str.__eq__, "StringLike": is_like}[operator]
    return key in context and any(equals(context[key], value) for value in values)


def objections(policy: Policy, needed: Iterable[Need]) -> list[str]:
    """Return what is wrong with a policy: what is missing in it, and what is in it and not used."""
    granted = list(grants(policy))
    missing, used = {}, set()
    for need in needed:
        allowing = [grant for grant in granted if grant.allows(need)]
        used.update(allowing)
        if not allowing:
            missing[f"{need.action} on {need.resource} is not allowed"] = need
    return [*missing, *_unused(granted, used), *_too_wide(granted)]


def _unused(granted: Iterable[Grant], used: set[Grant]) -> Iterator[str]:
    for grant in granted:
        is_listed = grant.action in WITHOUT_COUNTERPART.get(grant.sid, {})
        if grant in used and is_listed:
            yield f"{grant} is used, and listed as without counterpart"
        if grant not in used and not is_listed:
            yield f"{grant} is never used"


def _too_wide(granted: Iterable[Grant]) -> Iterator[str]:
    return (
        f"{grant} is too wide"
        for grant in granted
        if grant.resource == "*" and grant.action not in ON_EVERYTHING
    )
