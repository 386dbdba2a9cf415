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
WAITING: Final = {"Delay": 2, "MaxAttempts": 900}
"""Seconds between two looks, and how many of them: half an hour in all."""

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
    is_new = _is_new(stack, cloudformation)
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name)
    waiter = cloudformation.get_waiter("stack_create_complete" if is_new else "stack_update_complete")
    try:
        waiter.wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        raise InfraError(
            "\n".join([f"The stack {stack.name} failed:", *_reasons(stack, cloudformation)])
        ) from exc
    return True


def preview(build: Path, stack: Stack, client: Client) -> str:
    """Return as Markdown what a release would change, and leave nothing behind but the uploads."""
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
    is_new = _is_new(stack, cloudformation)
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=template,
        Capabilities=CAPABILITIES,
        Parameters=_parameters(stack, cloudformation, is_new=is_new),
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


def _is_new(stack: Stack, cloudformation: Any) -> bool:
    """Whether the stack was never made; a change set alone makes a stack under review."""
    try:
        [found] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "ValidationError":
            return True
        raise
    return bool(found["StackStatus"] == "REVIEW_IN_PROGRESS")


def _parameters(stack: Stack, cloudformation: Any, *, is_new: bool) -> list[dict[str, Any]]:
    """Return the parameters that were given; the others stay as they are, or have their defaults."""
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()]
    if is_new:
        return given
    [found] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    kept = {told["ParameterKey"] for told in found.get("Parameters", [])} - stack.parameters.keys()
    return [*given, *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept))]


def _reasons(stack: Stack, cloudformation: Any) -> list[str]:
    """Return what CloudFormation says of the resources that failed, the first of them first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack.name)
    events = [event for page in pages for event in page["StackEvents"]]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed[:10]]


def delete(stack: Stack, client: Client) -> list[str]:
    """Delete a stack; return the names of what it leaves: data, and the key that ties customers to their sales."""
    cloudformation = client("cloudformation")
    retained = _retained(stack, cloudformation)
    cloudformation.delete_stack(StackName=stack.name, **_role(stack))
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        raise InfraError(
            "\n".join([f"The stack {stack.name} stays:", *_reasons(stack, cloudformation)])
        ) from exc
    return sorted(retained)


def _retained(stack: Stack, cloudformation: Any) -> list[str]:
    body = cloudformation.get_template(StackName=stack.name)["TemplateBody"]
    told = yaml_parse(body) if isinstance(body, str) else body
    kept = {
        name for name, one in told["Resources"].items() if one.get("DeletionPolicy", "").startswith("Retain")
    }
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [one["PhysicalResourceId"] for one in found if one.get("LogicalResourceId") in kept]


def _role(stack: Stack) -> dict[str, str]:
    return {"RoleARN": stack.role} if stack.role else {}


def create_database(function: str, client: Client) -> dict[str, Any]:
    """Have a stage's function create or upgrade the schema; return its answer. Raise `InfraError` if it fails."""
    answer = client("lambda").invoke(FunctionName=function, Payload=b"{}")
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise InfraError(f"{function} failed: {told.get('errorType', '')}: {told.get('errorMessage', '')}")
    return told
