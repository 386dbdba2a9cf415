"""`python -m infra import-data`: takes the data of a stage that was destroyed into a new stack.

CloudFormation's own option ImportExistingResources is not enough: it wants names without functions, and it takes no
secret, since a secret's id is chosen by AWS. So a change set of the type IMPORT names each resource.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError
from samtranslator.yaml_helper import yaml_parse

from infra.accounts import Account
from infra.errors import InfraError
from infra.packaging import TEMPLATE
from infra.provisioning import Client
from infra.release import WAITING, Stack, failure, status_of
from infra.resolving import Resolver, is_retained
from infra.stack_statuses import NEVER_RELEASED

Identifier = Callable[[Mapping[str, Any], Client], str | None]
"""Takes a resource's properties, and returns its identifier if it exists in the account."""

GONE: Final = frozenset({"404", "NoSuchBucket", "ResourceNotFoundException"})


def import_existing(build: Path, stack: Stack, account: Account) -> list[str]:
    """Make a stack of the data that an earlier stack left behind; return the names of its resources.

    Raise `InfraError` if the stack exists, if there is nothing to import, or if CloudFormation does not import it. It
    works with the caller's own permissions, since the stack's role cannot read the hash key.
    """
    cloudformation = account.client("cloudformation")
    if status_of(stack, cloudformation) not in NEVER_RELEASED:
        raise InfraError(f"There is a stack {stack.name} already, so nothing is imported: release it.")
    resources = retained_resources(build, stack, account)
    identifiers = identify(resources, account.client)
    if not identifiers:
        raise InfraError("No bucket, hash key or namespace of this stage is left to import: release it.")
    template = {"Resources": {name: resources[name] for name in identifiers}}
    _execute(template, identifiers, stack, cloudformation)
    return sorted(next(iter(identifier.values())) for identifier in identifiers.values())


def retained_resources(build: Path, stack: Stack, account: Account) -> dict[str, dict[str, Any]]:
    """Return the resources of a package's template that outlive a stack, with names and settings as they will be.

    With other settings, the release after the import would change them: a secret would get a new value.
    """
    template = yaml_parse((build / TEMPLATE).read_text(encoding="utf-8"))
    retained = {name: body for name, body in template["Resources"].items() if is_retained(body)}
    resolver = Resolver(template, stack.parameters, account.number, account.region)
    resolved = resolver.resources(IDENTIFIERS)
    # Without DependsOn, since what a bucket depends on is not in the stack yet. With Retain in any case, since nothing
    # may delete the data if the import fails.
    return {
        name: {
            "Type": body["Type"],
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": resolved[name].properties,
        }
        for name, body in retained.items()
        if name in resolved
    }


def identify(resources: Mapping[str, Mapping[str, Any]], client: Client) -> dict[str, dict[str, str]]:
    """Return the identifier of each resource that exists, such as `{"RawDataBucket": {"BucketName": "raw"}}`."""
    identifiers = {}
    for name, body in resources.items():
        property_name, find = IDENTIFIERS[body["Type"]]
        if identifier := find(body["Properties"], client):
            identifiers[name] = {property_name: identifier}
    return identifiers


def _execute(
    template: Mapping[str, Any], identifiers: Mapping[str, dict[str, str]], stack: Stack, cloudformation: Any
) -> None:
    name = f"import-{time.time_ns()}"
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(template),
        ResourcesToImport=[
            {
                "LogicalResourceId": logical,
                "ResourceType": template["Resources"][logical]["Type"],
                "ResourceIdentifier": identifier,
            }
            for logical, identifier in identifiers.items()
        ],
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack.name, ChangeSetName=name, WaiterConfig=WAITING
        )
    except WaiterError as exc:
        response = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=name)
        reason = response.get("StatusReason", "")
        raise InfraError(f"CloudFormation cannot import the data of {stack.name}: {reason}") from exc
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name, ClientRequestToken=name)
    try:
        cloudformation.get_waiter("stack_import_complete").wait(StackName=stack.name, WaiterConfig=WAITING)
    except WaiterError as exc:
        heading = f"The import into the stack {stack.name} failed:"
        raise failure(heading, name, stack, cloudformation) from exc


def _bucket(properties: Mapping[str, Any], client: Client) -> str | None:
    name: str = properties["BucketName"]
    return name if _exists(lambda: client("s3").head_bucket(Bucket=name)) else None


def _secret(properties: Mapping[str, Any], client: Client) -> str | None:
    response = _exists(lambda: client("secretsmanager").describe_secret(SecretId=properties["Name"]))
    # A secret that waits to be deleted cannot be imported: restore it first.
    if response and "DeletedDate" in response:
        raise InfraError(
            f"The secret {properties['Name']} is about to be deleted: restore it with"
            f" `aws secretsmanager restore-secret --secret-id {properties['Name']}`, and release again."
        )
    return str(response["ARN"]) if response else None


def _namespace(properties: Mapping[str, Any], client: Client) -> str | None:
    name: str = properties["NamespaceName"]
    return name if _exists(lambda: client("redshift-serverless").get_namespace(namespaceName=name)) else None


def _exists(look_up: Callable[[], Any]) -> Any:
    """Return AWS's answer about a resource, or None if there is no such resource."""
    try:
        return look_up()
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in GONE:
            raise
        return None


IDENTIFIERS: Final[Mapping[str, tuple[str, Identifier]]] = {
    "AWS::RedshiftServerless::Namespace": ("NamespaceName", _namespace),
    "AWS::S3::Bucket": ("BucketName", _bucket),
    "AWS::SecretsManager::Secret": ("Id", _secret),
}
"""The property that identifies a resource of each type that outlives a stack, and the function that finds its value."""
