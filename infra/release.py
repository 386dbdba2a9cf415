"""`make release`: package and template go to the bucket of packages, and CloudFormation makes the stack of them."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError
from samtranslator.yaml_helper import yaml_parse

from infra.errors import InfraError
from infra.packaging import TEMPLATE, ZIP
from infra.provisioning import Client
from infra.template import dump

STACK: Final = "ads-resources-stack-cf"
CAPABILITIES: Final = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
UNCHANGED: Final = ("didn't contain changes", "No updates are to be performed")
WAITING: Final = {"Delay": 2, "MaxAttempts": 1800}
"""Seconds between two looks, and how many of them: an hour in all. Functions in a VPC take most of it to be deleted."""

NEW: Final = {"", "REVIEW_IN_PROGRESS"}
"""The statuses of a stack that was never made; a change set alone makes one under review."""

FAILED_AT_ONCE: Final = "ROLLBACK_COMPLETE"

Expand = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes a template with AWS's transform and returns one without; CloudFormation does that itself."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a change set is for. Roles know it by its name, and packages by their folder: `bootstrap.yaml`."""

    name: str
    folder: str


RELEASE: Final = Purpose("release", "")
PULL_REQUEST: Final = Purpose("pull-request", "pull-requests/")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its name, the bucket its packages are in, its parameters, and the role that makes it, if any."""

    name: str
    bucket: str
    parameters: Mapping[str, str]
    role: str = ""

    @classmethod
    def of(
        cls, stage: str, account: str, region: str, parameters: Mapping[str, str], role: str = ""
    ) -> "Stack":
        """Return the stack of a stage: prod has the chain's own name for it."""
        name = STACK if stage == "prod" else f"{STACK}-{stage}"
        return cls(name, f"ads-resources-{account}-{region}", parameters, role)


def release(build: Path, stack: Stack, client: Client, expand: Expand | None = None) -> bool:
    """Make a stack what a package says; return whether anything changed. Raise `InfraError` if it fails."""
    name = prepare(build, stack, client, RELEASE, expand)
    if name is None:
        return False
    cloudformation = client("cloudformation")
    is_new = _status(stack, cloudformation) in NEW
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name, ClientRequestToken=name)
    waiter = cloudformation.get_waiter("stack_create_complete" if is_new else "stack_update_complete")
    try:
        waiter.wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        told = failures(stack, cloudformation, name)
        raise InfraError("\n".join([f"The stack {stack.name} failed:", *told])) from exc
    return True


def preview(build: Path, stack: Stack, client: Client) -> str:
    """Return as Markdown what a release would change.

    It leaves the uploads, and of a stack that was never made an empty one, under review.
    """
    name = prepare(build, stack, client, PULL_REQUEST)
    if name is None:
        return f"The stack `{stack.name}` would stay as it is.\n"
    cloudformation = client("cloudformation")
    try:
        pages = cloudformation.get_paginator("describe_change_set").paginate(
            StackName=stack.name, ChangeSetName=name
        )
        changes = [change["ResourceChange"] for page in pages for change in page["Changes"]]
    finally:
        cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)
    rows = [
        f"| {change['Action']} | `{change['LogicalResourceId']}` | {change['ResourceType']} |"
        f" {change.get('Replacement', '')} |"
        for change in changes
    ]
    head = [f"What would change in the stack `{stack.name}`:", "", "| action | resource | type | replaced |"]
    return "\n".join([*head, "|---|---|---|---|", *rows, ""])


def prepare(
    build: Path, stack: Stack, client: Client, purpose: Purpose, expand: Expand | None = None
) -> str | None:
    """Upload what a package holds and create a change set; return its name, or None if nothing would change."""
    template = _upload(build, stack, client("s3"), purpose.folder, expand)
    cloudformation = client("cloudformation")
    name = f"{purpose.name}-{time.time_ns()}"
    status = _status(stack, cloudformation)
    if status == FAILED_AT_ONCE:
        raise InfraError(
            f"The first release of {stack.name} failed, and left an empty stack: `make destroy` deletes it."
        )
    is_new = status in NEW
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=template,
        Capabilities=CAPABILITIES,
        Parameters=parameters(build, stack, cloudformation, is_new=is_new),
        **_role(stack),
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack.name, ChangeSetName=name, WaiterConfig=WAITING
        )
    except WaiterError as exc:
        found = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=name)
        reason = found.get("StatusReason", "")
        cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)
        if any(words in reason for words in UNCHANGED):
            return None
        raise InfraError(f"CloudFormation makes no change set for {stack.name}: {reason}") from exc
    return name


def _upload(build: Path, stack: Stack, s3: Any, folder: str, expand: Expand | None) -> str:
    """Upload zip and template under what they are; return the template's URL."""
    if not (build / ZIP).is_file():
        raise InfraError(f"{build / ZIP} is not there: run `make package` first.")
    key = f"{folder}{hashlib.sha256((build / ZIP).read_bytes()).hexdigest()}.zip"
    _require_bucket(stack, s3)
    s3.upload_file(str(build / ZIP), stack.bucket, key)
    text = (build / TEMPLATE).read_text(encoding="utf-8").replace(f"./{ZIP}", f"s3://{stack.bucket}/{key}")
    body = dump(expand(yaml_parse(text))) if expand else text
    name = f"{folder}{hashlib.sha256(body.encode()).hexdigest()}.yaml"
    s3.put_object(Bucket=stack.bucket, Key=name, Body=body.encode())
    return f"https://{stack.bucket}.s3.{s3.meta.region_name}.amazonaws.com/{name}"


def _require_bucket(stack: Stack, s3: Any) -> None:
    try:
        s3.list_objects_v2(Bucket=stack.bucket, MaxKeys=1)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchBucket":
            raise
        raise InfraError(
            f"There is no bucket {stack.bucket}, to which packages go: infra/bootstrap.yaml makes it (docs/deploy.md)."
        ) from exc


def _status(stack: Stack, cloudformation: Any) -> str:
    """Return a stack's status, or an empty text if there is none."""
    found = _described(stack, cloudformation)
    return str(found["StackStatus"]) if found else ""


def _described(stack: Stack, cloudformation: Any) -> dict[str, Any] | None:
    try:
        [found] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return dict(found)


def outputs(stack: Stack, client: Client) -> dict[str, str]:
    """Return the outputs of a stack; raise `InfraError` if there is none."""
    found = _described(stack, client("cloudformation"))
    if found is None or "Outputs" not in found:
        raise InfraError(f"There is no stack {stack.name}: `make release` makes it.")
    return {told["OutputKey"]: told["OutputValue"] for told in found["Outputs"]}


def parameters(build: Path, stack: Stack, cloudformation: Any, *, is_new: bool) -> list[dict[str, Any]]:
    """Return the parameters that were given; the others stay as they are, or have their defaults."""
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()]
    found = None if is_new else _described(stack, cloudformation)
    if found is None:
        return given
    known = yaml_parse((build / TEMPLATE).read_text(encoding="utf-8"))["Parameters"].keys()
    kept = {told["ParameterKey"] for told in found.get("Parameters", [])} & known - stack.parameters.keys()
    return [*given, *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept))]


def failures(stack: Stack, cloudformation: Any, token: str) -> list[str]:
    """Return what CloudFormation says of the resources that failed since a request, the first of them first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack.name)
    events = [event for page in pages for event in page["StackEvents"]]
    failed = [
        event
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ClientRequestToken") == token
    ]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed[:10]]


def delete(stack: Stack, client: Client) -> list[str]:
    """Delete a stack; return the names of what it leaves: data, and the key that ties customers to their sales."""
    cloudformation = client("cloudformation")
    if not _status(stack, cloudformation):
        raise InfraError(f"There is no stack {stack.name}.")
    retained = _retained(stack, cloudformation)
    token = f"destroy-{time.time_ns()}"
    cloudformation.delete_stack(StackName=stack.name, ClientRequestToken=token, **_role(stack))
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        told = failures(stack, cloudformation, token) or ["It may still be under way."]
        raise InfraError("\n".join([f"The stack {stack.name} is still there:", *told])) from exc
    return sorted(retained)


def _retained(stack: Stack, cloudformation: Any) -> list[str]:
    body = cloudformation.get_template(StackName=stack.name)["TemplateBody"]
    told = yaml_parse(body) if isinstance(body, str) else body
    resources = (told or {}).get("Resources", {})
    kept = {name for name, one in resources.items() if one.get("DeletionPolicy", "").startswith("Retain")}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [
        one["PhysicalResourceId"]
        for one in found
        if one.get("LogicalResourceId") in kept and one.get("ResourceStatus") != "DELETE_COMPLETE"
    ]


def _role(stack: Stack) -> dict[str, str]:
    return {"RoleARN": stack.role} if stack.role else {}


def create_database(function: str, client: Client) -> dict[str, Any]:
    """Have a stage's function create or upgrade the schema; return its answer. Raise `InfraError` if it fails."""
    answer = client("lambda").invoke(FunctionName=function, Payload=b"{}")
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise InfraError(f"{function} failed: {told.get('errorType', '')}: {told.get('errorMessage', '')}")
    return told
