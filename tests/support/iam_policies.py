"""Policies as IAM reads them, compared with the permissions that functions needed in a run of a local cloud."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.aws_calls import Need

Policy = dict[str, Any]

NO_PASSWORD: Final = "PostgreSQL has a password of its own"
NO_SECRET: Final = "a laptop's PostgreSQL needs no password"
NO_MANIFEST: Final = "PostgreSQL needs no manifest"
NO_NETWORK: Final = "Lambda does it, before the function runs"
OWN_LOG: Final = "Lambda does it, with what the function prints"
POLLING: Final = "Lambda does it, when it polls the queue"
DESTINATION: Final = "Lambda does it, when an event has failed three times"
MEANWHILE: Final = "needed only if an object is deleted between listing and reading"

OF_THE_VPC: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""Lambda creates network interfaces, which have no name before they exist. It refuses a role with fewer permissions.

They are the only actions that may be allowed on `*`.
"""

WITHOUT_COUNTERPART: Final[Mapping[str, Mapping[str, str]]] = {
    "EnterTheVpc": dict.fromkeys(OF_THE_VPC, NO_NETWORK),
    "FindAndEnterTheWorkgroup": dict.fromkeys(
        ("redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"), NO_PASSWORD
    ),
    "FindRawObjects": {"s3:ListBucket": MEANWHILE},
    "FindTheCluster": {"redshift:DescribeClusters": NO_PASSWORD},
    "GetTheClustersTemporaryPassword": {"redshift:GetClusterCredentials": NO_PASSWORD},
    "ListRawObjects": {"s3:ListBucket": MEANWHILE},
    "ReadTheAdminsPassword": {"secretsmanager:GetSecretValue": NO_PASSWORD},
    "ReadTheWarehousesPassword": {"secretsmanager:GetSecretValue": NO_SECRET},
    "ReceiveLoadRequests": {"sqs:GetQueueAttributes": POLLING},
    "SendFailedEventsToTheDeadLetterQueue": {"sqs:SendMessage": DESTINATION},
    "WriteManifests": {"s3:PutObject": NO_MANIFEST},
    "WriteItsOwnLog": dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents"), OWN_LOG),
}
"""The actions that no run in a local cloud uses, by statement, each with the reason."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource that a statement allows."""

    sid: str
    action: str
    resource: str
    conditions: Mapping[str, Mapping[str, Any]] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.sid}: {self.action} on {self.resource}"

    def allows(self, need: Need) -> bool:
        """Tell whether this permission is enough for a need."""
        return (
            self.action == need.action
            and is_like(need.resource, self.resource)
            and all(
                _holds(operator, condition, need.context)
                for operator, keys in self.conditions.items()
                for condition in keys.items()
            )
        )


def grants(policy: Policy) -> Iterator[Grant]:
    """Yield every action on every resource that a policy allows."""
    yield from _of_effect("Allow", policy)


def denials(policy: Policy) -> set[str]:
    """Return the actions that a policy denies to the function's own code, whose calls have `SourceFunctionArn`."""
    denied = list(_of_effect("Deny", policy))
    for denial in denied:
        assert denial.resource == "*", denial
        assert denial.conditions.keys() == {"ArnLike"}, denial
        assert denial.conditions["ArnLike"].keys() == {"lambda:SourceFunctionArn"}, denial
    return {denial.action for denial in denied}


def _of_effect(effect: str, policy: Policy) -> Iterator[Grant]:
    for statement in policy["Statement"]:
        if statement["Effect"] != effect:
            continue
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}, statement
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield Grant(statement["Sid"], action, resource, statement.get("Condition", {}))


def is_like(text: str, pattern: str) -> bool:
    """Tell whether a text matches a pattern of IAM: * is any text, ? is one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _holds(operator: str, condition: tuple[str, Any], context: Mapping[str, str]) -> bool:
    """Tell whether a condition holds; it never holds if the call does not have its key."""
    # operator "StringLike", condition ("s3:prefix", "staged/*"), context {"s3:prefix": "staged/1"} -> True
    key, accepted = condition
    values = [accepted] if isinstance(accepted, str) else accepted
    equals = {"StringEquals": str.__eq__, "StringLike": is_like}[operator]
    return key in context and any(equals(context[key], value) for value in values)


def objections(policy: Policy, needed: Iterable[Need]) -> list[str]:
    """Return a sentence for each permission that a policy lacks, never uses, or allows on too many resources."""
    granted, denied = list(grants(policy)), denials(policy)
    missing, used = {}, set()
    for need in needed:
        allowing = [grant for grant in granted if grant.allows(need) and need.action not in denied]
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
        if grant.resource == "*" and grant.action not in OF_THE_VPC
    )
