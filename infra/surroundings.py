"""The resources of a stage that Chalice does not create, from the template, for the stages that are no stacks."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from infra import template
from infra.names import Names
from infra.provisioning import MAKERS
from infra.resolving import Resolver, Resource

FUNCTION: Final = "AWS::Serverless::Function"


def surroundings(
    project: Path, stage: str, account: str, region: str, parameters: Mapping[str, str]
) -> dict[str, Resource]:
    """Return the resources of a stage that Chalice does not create, by their names in the template.

    Chalice creates the functions, their roles and the bucket's notification; the warehouse exists already. Raise
    `InfraError` if there is no such stage.
    """
    names = Names.of(project, stage).within(account, region)
    buckets = {"RawBucket": names.raw_bucket, "ProcessedBucket": names.processed_bucket}
    whole = template.build(project, stage)
    roles = {f"{name}Role" for name, body in whole["Resources"].items() if body["Type"] == FUNCTION}
    resources = Resolver(whole, {**buckets, **parameters}, account, region).resources(MAKERS)
    return {name: _without_notification(body) for name, body in resources.items() if name not in roles}


def _without_notification(resource: Resource) -> Resource:
    properties = resource.properties.copy()
    properties.pop("NotificationConfiguration", None)
    return replace(resource, properties=properties)
