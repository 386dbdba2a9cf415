"""What `chalice deploy` leaves to be done: the template's other resources, and settings that Chalice does not have."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from infra import template
from infra.names import Names, config
from infra.provisioning import MAKERS, Client, provision
from infra.resolving import Resolver, Resource

AFTERWARDS: Final = {"AWS::Lambda::EventInvokeConfig"}
"""The types that need a function to be there."""


def surroundings(
    project: Path, stage: str, account: str, region: str, parameters: Mapping[str, str]
) -> dict[str, Resource]:
    """Return the resources of a stage that Chalice does not make, as the template has them.

    Functions, their roles and the bucket's notification are Chalice's business; a warehouse is there already.
    """
    resources = Resolver(template.build(project, stage), parameters, account, region).resources(MAKERS)
    return {
        name: _without_notification(resource)
        for name, resource in resources.items()
        if not _is_of_a_function(resource)
    }


def before(resources: Mapping[str, Resource], client: Client) -> None:
    """Make what the functions need."""
    provision((found for found in resources.values() if found.type not in AFTERWARDS), client)


def after(project: Path, resources: Mapping[str, Resource], names: Names, client: Client) -> None:
    """Make what needs the functions, and set what Chalice cannot."""
    provision((found for found in resources.values() if found.type in AFTERWARDS), client)
    told = template.load()["Resources"]
    _set_event_source(told["Load"]["Properties"]["Events"]["LoadSqsEventSource"]["Properties"], names, client)
    for function in config(project)["lambda_functions"]:
        wanted = told.get(template.logical(function), {}).get("Properties", {})
        if "EphemeralStorage" in wanted:
            client("lambda").update_function_configuration(
                FunctionName=names.function(function), EphemeralStorage=wanted["EphemeralStorage"]
            )
            client("lambda").get_waiter("function_updated_v2").wait(FunctionName=names.function(function))


def _set_event_source(told: dict[str, Any], names: Names, client: Client) -> None:
    """Have the load answer with the messages that failed, and bound how many run at once."""
    mappings = client("lambda").list_event_source_mappings(FunctionName=names.function("load"))
    for mapping in mappings["EventSourceMappings"]:
        client("lambda").update_event_source_mapping(
            UUID=mapping["UUID"],
            FunctionResponseTypes=told["FunctionResponseTypes"],
            ScalingConfig=told["ScalingConfig"],
        )


def _is_of_a_function(resource: Resource) -> bool:
    """Whether this is the role of a function: whom it trusts is written by Chalice."""
    return resource.type == "AWS::IAM::Role" and "AssumeRolePolicyDocument" not in resource.properties


def _without_notification(resource: Resource) -> Resource:
    kept = {name: value for name, value in resource.properties.items() if name != "NotificationConfiguration"}
    return replace(resource, properties=kept)
