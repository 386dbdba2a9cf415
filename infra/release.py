"""`make release`: uploads package and template to the bucket of packages; CloudFormation makes the stack from them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError
from samtranslator.yaml_helper import yaml_parse

from infra import kept_packages, packages
from infra.errors import InfraError
from infra.kept_packages import NOT_RELEASED
from infra.packages import Package
from infra.provisioning import Client
from infra.resolving import is_retained
from infra.stack_statuses import NEVER_RELEASED, READY, advice, has_functions

STACK: Final = "ads-resources-stack-cf"
CAPABILITIES: Final = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
UNCHANGED: Final = ("didn't contain changes", "No updates are to be performed")
WAITING: Final = {"Delay": 2, "MaxAttempts": 1800}
"""Seconds between two looks at the stack, and how many looks: an hour. Deleting functions in a VPC takes most of it."""

ROLLED_BACK: Final = "UPDATE_ROLLBACK_COMPLETE"
"""The status of a stack that runs the package from before a release that failed."""

Source = Path | Package
"""A package to release: the folder of a build, or a package that the bucket has kept."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """The purpose of a change set. `bootstrap.yaml` grants permissions by its name, and by the packages' folder."""

    name: str
    folder: str


RELEASE: Final = Purpose("release", "")
PULL_REQUEST: Final = Purpose("pull-request", packages.PULL_REQUESTS)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its name, the bucket of its packages, the parameters to set, and the ARN of a role or an empty text."""

    name: str
    bucket: str
    parameters: Mapping[str, str]
    role: str = ""

    @classmethod
    def of(
        cls, stage: str, account: str, region: str, parameters: Mapping[str, str], role: str = ""
    ) -> "Stack":
        """Return the stack of a stage: prod has the name that the chain gave it, another stage adds its own."""
        name = STACK if stage == "prod" else f"{STACK}-{stage}"
        return cls(name, f"ads-resources-{account}-{region}", parameters, role)

    @property
    def stage(self) -> str:
        """The stage that the stack is of."""
        return self.name.removeprefix(STACK).removeprefix("-") or "prod"


def release(source: Source, stack: Stack, client: Client) -> bool:
    """Create a stack from a package, or update it; return whether anything changed.

    The package that it replaces is kept for some time. Raise `InfraError` if there is no package or no bucket for it,
    or if CloudFormation fails.
    """
    package, name = prepare(source, stack, client, RELEASE)
    replaced = kept_packages.running(stack, client)
    if name is None:
        if replaced:
            kept_packages.let_expire(package, replaced, stack, client("s3"), NOT_RELEASED)
        return False
    try:
        _execute(name, stack, client("cloudformation"))
    except InfraError:
        # In any other status it is not certain which package runs, so both are kept.
        if status_of(stack, client("cloudformation")) == ROLLED_BACK:
            kept_packages.let_expire(package, replaced, stack, client("s3"), NOT_RELEASED)
        raise
    kept_packages.let_expire(replaced, package, stack, client("s3"))
    return True


def _execute(name: str, stack: Stack, cloudformation: Any) -> None:
    """Execute a change set and wait until it is done; raise `InfraError` if it fails."""
    is_new = status_of(stack, cloudformation) in NEVER_RELEASED
    # The token marks the events of this release among those of all releases.
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name, ClientRequestToken=name)
    waiter = cloudformation.get_waiter("stack_create_complete" if is_new else "stack_update_complete")
    try:
        waiter.wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        heading = f"The release of the stack {stack.name} failed:"
        raise failure(heading, name, stack, cloudformation) from exc


def failure(heading: str, name: str, stack: Stack, cloudformation: Any) -> InfraError:
    """Return an error that says why a change set failed, and what to do in the stack's status."""
    lines = [heading, *failures(stack, cloudformation, name), advise(stack, cloudformation)]
    return InfraError("\n".join(lines))


def preview(build: Path, stack: Stack, client: Client) -> str:
    """Return as Markdown what a release would change in the stack.

    The uploads stay. For a stack that was never released an empty stack stays too, in the status REVIEW_IN_PROGRESS.
    """
    _, name = prepare(build, stack, client, PULL_REQUEST)
    if name is None:
        return changes_as_markdown(stack, [])
    cloudformation = client("cloudformation")
    try:
        pages = cloudformation.get_paginator("describe_change_set").paginate(
            StackName=stack.name, ChangeSetName=name
        )
        changes = [change["ResourceChange"] for page in pages for change in page["Changes"]]
    finally:
        # Nobody must execute it by mistake.
        cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)
    return changes_as_markdown(stack, changes)


def changes_as_markdown(stack: Stack, changes: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of the changes of resources that a change set has, or a sentence if there are none.

    A change set of a template with another description has none, and still is not the same as no change set.
    """
    if not changes:
        return f"The stack `{stack.name}` would stay as it is.\n"
    rows = [
        f"| {change['Action']} | `{change['LogicalResourceId']}` | {change['ResourceType']} |"
        f" {change.get('Replacement', '')} |"
        for change in changes
    ]
    head = [f"What would change in the stack `{stack.name}`:", "", "| action | resource | type | replaced |"]
    return "\n".join([*head, "|---|---|---|---|", *rows, ""])


def prepare(source: Source, stack: Stack, client: Client, purpose: Purpose) -> tuple[Package, str | None]:
    """Have a package in the bucket and create a change set; return both, or None if nothing would change."""
    if isinstance(source, Path):
        packages.require_built(source)
    cloudformation = client("cloudformation")
    status = status_of(stack, cloudformation)
    is_new = status in NEVER_RELEASED
    if not is_new and status not in READY:
        raise InfraError(f"Nothing was released. {advise(stack, cloudformation)}")
    # The upload comes first: CloudFormation reads the template from the bucket, and the functions' code with it.
    package = _in_the_bucket(source, stack, client("s3"), purpose)
    name = f"{purpose.name}-{time.time_ns()}"
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=_url(package, stack, client("s3")),
        Capabilities=CAPABILITIES,
        Parameters=parameters(package, stack, cloudformation, is_new=is_new),
        **_role(stack),
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack.name, ChangeSetName=name, WaiterConfig=WAITING
        )
    except WaiterError as exc:
        # A change set without changes counts as failed, too; only the reason tells the two apart.
        response = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=name)
        reason = response.get("StatusReason", "")
        cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)
        if any(words in reason for words in UNCHANGED):
            return package, None
        raise InfraError(f"CloudFormation could not create a change set for {stack.name}: {reason}") from exc
    return package, name


def _in_the_bucket(source: Source, stack: Stack, s3: Any, purpose: Purpose) -> Package:
    """Upload a build; a package that the bucket has kept must not expire while it runs."""
    if isinstance(source, Path):
        return packages.upload(source, stack, s3, purpose.folder)
    kept_packages.hold(source, stack, s3)
    return source


def _url(package: Package, stack: Stack, s3: Any) -> str:
    return f"https://{stack.bucket}.s3.{s3.meta.region_name}.amazonaws.com/{package.template_key}"


def exists(stack: Stack, client: Client) -> bool:
    """Tell whether a stack was ever released, so that it has functions."""
    return has_functions(status_of(stack, client("cloudformation")))


def advise(stack: Stack, cloudformation: Any) -> str:
    """Return sentences with a stack's status, and what to do in it."""
    status = status_of(stack, cloudformation)
    sentence = f"The stack {stack.name} is in the status {status}. " if status else ""
    return sentence + advice(status, stack.name, stack.stage)


def status_of(stack: Stack, cloudformation: Any) -> str:
    """Return a stack's status, or an empty text if there is no such stack."""
    description = _description(stack, cloudformation)
    return str(description["StackStatus"]) if description else ""


def _description(stack: Stack, cloudformation: Any) -> dict[str, Any] | None:
    try:
        [description] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    except ClientError as exc:
        # CloudFormation has no error of its own for a stack that does not exist.
        if exc.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return dict(description)


def outputs(stack: Stack, client: Client) -> dict[str, str]:
    """Return the outputs of a stack by their names; raise `InfraError` if the stack was never released."""
    description = _description(stack, client("cloudformation"))
    if description is None or "Outputs" not in description:
        raise InfraError(advice("", stack.name, stack.stage))
    return {output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]}


def parameters(package: Package, stack: Stack, cloudformation: Any, *, is_new: bool) -> list[dict[str, Any]]:
    """Return the parameters of a change set: those to set, and for the others that they keep their values.

    A parameter that the stack does not have yet gets the template's default.
    """
    changed = [{"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()]
    # CloudFormation refuses "UsePreviousValue" for a parameter that the new template does not declare any more.
    current = set() if is_new else _current_parameters(stack, cloudformation)
    unchanged = current & package.template["Parameters"].keys() - stack.parameters.keys()
    return [*changed, *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(unchanged))]


def forgotten(package: Package, stack: Stack, client: Client) -> list[str]:
    """Return the names of the stack's parameters that a package does not have: a release forgets their values."""
    return sorted(
        _current_parameters(stack, client("cloudformation")) - package.template["Parameters"].keys()
    )


def _current_parameters(stack: Stack, cloudformation: Any) -> set[str]:
    description = _description(stack, cloudformation) or {}
    return {parameter["ParameterKey"] for parameter in description.get("Parameters", [])}


def failures(stack: Stack, cloudformation: Any, token: str) -> list[str]:
    """Return CloudFormation's reasons for up to ten resources that failed in one request, the oldest first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack.name)
    events = [event for page in pages for event in page["StackEvents"]]
    failed = [
        event
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ClientRequestToken") == token
    ]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed[:10]]


def delete(stack: Stack, client: Client) -> list[str]:
    """Delete a stack; return the names of what stays: data, and the hash key that ties customers to their sales.

    Raise `InfraError` if there is no such stack, or if CloudFormation does not delete it.
    """
    cloudformation = client("cloudformation")
    if not status_of(stack, cloudformation):
        raise InfraError(f"There is no stack {stack.name}.")
    retained = _retained(stack, cloudformation)
    token = f"destroy-{time.time_ns()}"
    cloudformation.delete_stack(StackName=stack.name, ClientRequestToken=token, **_role(stack))
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        reasons = failures(stack, cloudformation, token) or ["CloudFormation may still be at work."]
        sentences = [f"The stack {stack.name} is still there:", *reasons, advise(stack, cloudformation)]
        raise InfraError("\n".join(sentences)) from exc
    return sorted(retained)


def _retained(stack: Stack, cloudformation: Any) -> list[str]:
    """Return the names of the stack's resources that its own template says to retain."""
    body = cloudformation.get_template(StackName=stack.name)["TemplateBody"]
    template = yaml_parse(body) if isinstance(body, str) else body
    resources = (template or {}).get("Resources", {})  # a stack under review has no template yet
    logical_names = {name for name, resource in resources.items() if is_retained(resource)}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
    return [
        summary["PhysicalResourceId"]
        for summary in summaries
        if summary.get("LogicalResourceId") in logical_names
        and summary.get("ResourceStatus") != "DELETE_COMPLETE"
    ]


def _role(stack: Stack) -> dict[str, str]:
    return {"RoleARN": stack.role} if stack.role else {}
