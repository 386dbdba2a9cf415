"""`make deploy`: Chalice deploys the functions, and what it leaves to be done is made here as the template has it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from infra import template
from infra.accounts import Account, aws_errors
from infra.errors import InfraError
from infra.names import LOCAL, Names, config, fill, has_template, partition
from infra.packaging import chalice
from infra.preparing import prepared
from infra.provisioning import MAKERS, Client, provision, remove
from infra.release import create_database
from infra.resolving import Resolver, Resource
from infra.runtimes import Runtime

AFTERWARDS: Final = {"AWS::Lambda::EventInvokeConfig"}
"""The types that need a function to be there."""

KEPT: Final = {"Warehouse": "none of ours"}
"""The template's parameters where nothing is made: no stage that Chalice deploys has a warehouse of its own."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a deployment is told beside its stage."""

    warehouse: str
    notice_email: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    admin_secret: str = ""
    month_first_stores: str = ""

    def parameters(self) -> dict[str, str]:
        """Return them as the template's parameters."""
        return {
            "Warehouse": self.warehouse,
            "NoticeEmail": self.notice_email,
            "MonthFirstStores": self.month_first_stores,
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that Chalice deploys, where it is deployed, and for which runtime."""

    project: Path
    name: str
    account: Account
    runtime: Runtime

    @property
    def names(self) -> Names:
        """What its resources are called."""
        return Names.of(self.project, self.name).within(self.account.number, self.account.region)

    def surroundings(self, parameters: Mapping[str, str]) -> dict[str, Resource]:
        """Return what Chalice does not make of it."""
        return surroundings(self.project, self.name, self.account.number, self.account.region, parameters)


def deploy(stage: Stage, options: Options) -> None:
    """Deploy a stage that is no stack, or bring it up to date; raise `InfraError` with what was refused."""
    if not options.warehouse:
        raise InfraError(
            "Say which warehouse: WAREHOUSE=redshift-serverless://workgroup/database, or another."
        )
    names, client = stage.names, stage.account.client
    resources = stage.surroundings(options.parameters())
    with aws_errors():
        before(resources, client)
        _run_chalice("deploy", stage, _settings(names, stage.account, options))
        after(stage.project, resources, names, client)
        create_database(names.function("create_database"), client)


def destroy(stage: Stage) -> list[str]:
    """Delete what `deploy` made; return what is kept: buckets, and the key that ties customers to their sales."""
    with aws_errors():
        _run_chalice("delete", stage, {})
        return remove(stage.surroundings(KEPT).values(), stage.account.client)


def check(project: Path, stage: str) -> None:
    """Raise `InfraError` for a stage that Chalice does not deploy to AWS."""
    if stage == LOCAL:
        raise InfraError("The stage local is on this machine: `python -m local up` deploys it.")
    if has_template(project, stage):
        raise InfraError(
            f"The stage {stage} is a stack: `make package` and `make release STAGE={stage}` deploy it."
        )


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


def _settings(names: Names, account: Account, options: Options) -> dict[str, Any]:
    """Return what Chalice is told of a stage beside `.chalice/config.json`."""
    role = f"arn:{partition(account.region)}:iam::{account.number}:role/{names.copy_role}"
    vpc = {"subnet_ids": list(options.subnets), "security_group_ids": list(options.security_groups)}
    own = {"environment_variables": _users(names, options)} if options.admin_secret else {}
    return {
        "environment_variables": {
            "WAREHOUSE": options.warehouse,
            "COPY_ROLE": role,
            "MONTH_FIRST_STORES": options.month_first_stores,
        },
        "lambda_functions": {"create_database": own},
        **{name: told for name, told in vpc.items() if told},
    }


def _users(names: Names, options: Options) -> dict[str, str]:
    """Return what `create_database` is told of the warehouse's users."""
    return {
        "ADMIN_SECRET": options.admin_secret,
        "WRITERS": ",".join(f"IAMR:{names.function(name)}" for name in ("load", "replay")),
        "READERS": f"IAMR:{names.function('sweep')}",
    }


def _run_chalice(command: str, stage: Stage, told: dict[str, Any]) -> None:
    """Run `chalice deploy` or `chalice delete`; what it notes of the deployment stays in the project."""
    noted = stage.project / ".chalice" / "deployed"
    noted.mkdir(exist_ok=True)
    named = partial(fill, account=stage.account.number, region=stage.account.region)
    with prepared(stage.project, stage.name, stage.runtime, told, named) as copy:
        (copy / ".chalice" / "deployed").symlink_to(noted)
        chalice(copy, command, "--stage", stage.name, region=stage.account.region)


def _set_event_source(told: dict[str, Any], names: Names, client: Client) -> None:
    """Have the load answer with the messages that failed, and bound how many run at once."""
    pages = client("lambda").get_paginator("list_event_source_mappings").paginate()
    mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    for mapping in mappings:
        if mapping["FunctionArn"].endswith(f":{names.function('load')}"):
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
