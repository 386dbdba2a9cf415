"""`make deploy`: Chalice deploys the functions, and what it leaves to be done is made here as the template has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.warehouse.redshift import CLUSTER_USER
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

SCHEMES: Final = {"postgresql", "postgres", "redshift", "redshift-serverless"}

ADMINS_SECRET: Final = re.compile(r"arn:[\w-]+:secretsmanager:[\w:-]+:secret:redshift![\w?-]+")
"""The secret of a warehouse of the stage's own, in the policy of `create_database`."""

AFTERWARDS: Final = {"AWS::Lambda::EventInvokeConfig"}
"""The types that need a function to be there."""

NOT_OURS: Final = {"Warehouse": "not ours"}
"""The parameters of a stage that is deleted: none that Chalice deploys has a warehouse of its own."""


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
    _check_options(options)
    names, client = stage.names, stage.account.client
    resources = stage.surroundings(options.parameters())
    with aws_errors():
        before(resources, client)
        _run_chalice("deploy", stage, settings(stage, options), options.admin_secret)
        after(stage.project, resources, names, client)
        create_database(names.function("create_database"), client)


def destroy(stage: Stage) -> list[str]:
    """Delete what `deploy` made; return what is kept: buckets, and the key that ties customers to their sales."""
    with aws_errors():
        _require_notes(stage)
        _run_chalice("delete", stage, {})
        return remove(stage.surroundings(NOT_OURS).values(), stage.account.client)


def _require_notes(stage: Stage) -> None:
    """Raise `InfraError` if there are functions of the stage, and Chalice does not know what it made."""
    notes = stage.project / ".chalice" / "deployed" / f"{stage.name}.json"
    if notes.is_file():
        return
    try:
        stage.account.client("lambda").get_function(FunctionName=stage.names.function("load"))
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return
    raise InfraError(
        f"The stage {stage.name} was deployed from elsewhere: bring .chalice/deployed/{stage.name}.json from there,"
        " or `chalice delete` finds nothing."
    )


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


def settings(stage: Stage, options: Options) -> dict[str, Any]:
    """Return what Chalice is told of a stage beside `.chalice/config.json`."""
    functions = config(stage.project)["lambda_functions"]
    entering = {name: _entering(stage, options) for name in functions if template.enters_warehouse(name)}
    if options.admin_secret:
        entering["create_database"]["environment_variables"] |= users(stage.names, options)
    return {
        "environment_variables": {"MONTH_FIRST_STORES": options.month_first_stores},
        "lambda_functions": entering,
    }


def _entering(stage: Stage, options: Options) -> dict[str, Any]:
    """Return what a function is told that enters the warehouse."""
    account, region = stage.account.number, stage.account.region
    role = f"arn:{partition(region)}:iam::{account}:role/{stage.names.copy_role}"
    vpc = {"subnet_ids": list(options.subnets), "security_group_ids": list(options.security_groups)}
    return {
        "environment_variables": {"WAREHOUSE": options.warehouse, "COPY_ROLE": role},
        **{name: told for name, told in vpc.items() if told},
    }


def users(names: Names, options: Options) -> dict[str, str]:
    """Return whom `create_database` lets in: a workgroup knows each role, a cluster the user of the URL."""
    parts = urlsplit(options.warehouse)
    if parts.scheme == "redshift":
        writers, readers = [parts.username or CLUSTER_USER], []
    else:
        writers = [f"IAMR:{names.function(name)}" for name in ("load", "replay")]
        readers = [f"IAMR:{names.function('sweep')}"]
    return {
        "ADMIN_SECRET": options.admin_secret,
        "WRITERS": ",".join(writers),
        "READERS": ",".join(readers),
    }


def _check_options(options: Options) -> None:
    if urlsplit(options.warehouse).scheme not in SCHEMES:
        raise InfraError(
            "Say which warehouse: WAREHOUSE=redshift-serverless://workgroup/database, or another."
        )
    if bool(options.subnets) != bool(options.security_groups):
        raise InfraError("Functions in a VPC have both subnets and security groups: give both, or neither.")
    if options.admin_secret and not options.admin_secret.startswith("arn:"):
        raise InfraError("The admin's secret is named by its ARN, since its rights are.")


def _run_chalice(command: str, stage: Stage, told: dict[str, Any], admin_secret: str = "") -> None:
    """Run `chalice deploy` or `chalice delete`; what it notes of the deployment stays in the project."""
    noted = stage.project / ".chalice" / "deployed"
    noted.mkdir(exist_ok=True)

    def filled(text: str) -> str:
        named = fill(text, stage.account.number, stage.account.region)
        return ADMINS_SECRET.sub(admin_secret, named) if admin_secret else named

    with prepared(stage.project, stage.name, stage.runtime, told, filled) as copy:
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
