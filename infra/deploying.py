"""`make deploy`: Chalice deploys the functions; calls of AWS create everything else in the template."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.settings import DAILY
from chalicelib.warehouse.redshift import CLUSTER_USER
from infra import event_source, template
from infra.accounts import Account, aws_errors
from infra.errors import InfraError
from infra.functions import call
from infra.ipv6 import allow_ipv6
from infra.names import Names, config, fill, partition
from infra.packaging import chalice
from infra.policies import WORKGROUP
from infra.preparing import prepared
from infra.provisioning import MAKERS, Client, provision, remove
from infra.resolving import Resolver, Resource
from infra.runtimes import Runtime
from infra.template import NO_WORKGROUP
from infra.warehouses import check_deployable, check_secret
from infra.workgroups import workgroup_arn

ADMINS_SECRET: Final = re.compile(r"arn:[\w-]+:secretsmanager:[\w:-]+:secret:redshift![\w?-]+")
"""The ARN in the policy of `create_database` that allows the secret of a Redshift that the stack created."""

AFTERWARDS: Final = {"AWS::Lambda::EventInvokeConfig"}
"""The types that need a function that exists already."""

WRITERS: Final = ("load", "remove", "replay", "smoke_cleanup")
"""The functions that write to the warehouse. The variable WRITERS in template.yaml names the same."""

READERS: Final = ("sweep", "summarise", "reader")
"""The functions that only read the warehouse, and the role with which people do so.

The variable READERS in template.yaml names the same.
"""

EXISTING_WAREHOUSE: Final = {"Warehouse": "existing", "ReaderRoles": "any"}
"""The parameters for deleting a stage: it never created its warehouse, but may have a role for readers."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a deployment; an empty value means that the option is not used."""

    warehouse: str
    notice_email: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    warehouse_secret: str = ""
    """The ARN of the secret with user and password of a PostgreSQL."""

    admin_secret: str = ""
    month_first_stores: str = ""
    store_folders: str = "no"
    stores: str = ""
    reader_roles: str = ""
    """ARNs of roles and users, comma-separated, who may query the warehouse by the Data API."""
    load_minutes: str = "240"
    warehouse_checks: str = DAILY
    ipv6: str = "yes"
    """Whether functions in subnets reach AWS over IPv6, so that these need no NAT gateway."""

    readers: str = ""
    """Users, comma-separated, who may read the warehouse beside the functions."""

    @property
    def uses_ipv6(self) -> bool:
        """Tell whether the functions in the warehouse's network use IPv6; without subnets there is no such network."""
        return bool(self.subnets) and self.ipv6 == "yes"

    def parameters(self) -> dict[str, str]:
        """Return those options that are parameters of the template, too."""
        return {
            "Warehouse": self.warehouse,
            "NoticeEmail": self.notice_email,
            "MonthFirstStores": self.month_first_stores,
            "StoreFolders": self.store_folders,
            "Stores": self.stores,
            "ReaderRoles": self.reader_roles,
            "LoadMinutes": self.load_minutes,
            "WarehouseChecks": self.warehouse_checks,
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that Chalice deploys, with its account and runtime."""

    project: Path
    name: str
    account: Account
    runtime: Runtime

    @property
    def names(self) -> Names:
        """The names of its resources in the account."""
        return Names.of(self.project, self.name).within(self.account.number, self.account.region)

    def surroundings(self, parameters: Mapping[str, str]) -> dict[str, Resource]:
        """Return the resources of the stage that Chalice does not create."""
        return surroundings(self.project, self.name, self.account.number, self.account.region, parameters)


def deploy(stage: Stage, options: Options) -> None:
    """Deploy a stage with Chalice, or bring it up to date; raise `InfraError` for wrong options or what AWS refuses."""
    _check_options(stage, options)
    names, client = stage.names, stage.account.client
    with aws_errors():
        workgroup = workgroup_arn(options.warehouse, client)
        resources = stage.surroundings({**options.parameters(), "WorkgroupArn": workgroup})
        before(resources, client)
        if not options.reader_roles:
            remove([stage.surroundings(EXISTING_WAREHOUSE)["ReaderRole"]], client)
        _run_chalice(
            "deploy", stage, settings(stage, options), options.admin_secret, workgroup or NO_WORKGROUP
        )
        after(stage.project, resources, names, client)
        if options.uses_ipv6:
            inside = filter(template.enters_warehouse, config(stage.project)["lambda_functions"])
            allow_ipv6(map(names.function, inside), options.subnets, options.security_groups, client)
        call(names.function("create_database"), {}, client)


def destroy(stage: Stage) -> list[str]:
    """Delete what `deploy` created, except the buckets and the hash key; return the names of these."""
    with aws_errors():
        _require_record(stage)
        _run_chalice("delete", stage, {})
        return remove(stage.surroundings(EXISTING_WAREHOUSE).values(), stage.account.client)


def _require_record(stage: Stage) -> None:
    """Raise `InfraError` if the stage has functions, but Chalice has no record of its deployment here."""
    record = stage.project / ".chalice" / "deployed" / f"{stage.name}.json"
    if record.is_file():
        return
    # `chalice delete` without its record deletes nothing, says so, and ends with exit code 0.
    try:
        stage.account.client("lambda").get_function(FunctionName=stage.names.function("load"))
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return
    raise InfraError(
        f"The stage {stage.name} was deployed from another folder: copy .chalice/deployed/{stage.name}.json from there."
        " Without it Chalice does not know what to delete."
    )


def surroundings(
    project: Path, stage: str, account: str, region: str, parameters: Mapping[str, str]
) -> dict[str, Resource]:
    """Return the resources of a stage that Chalice does not create, by their names in the template.

    Chalice creates the functions, their roles and the bucket's notification; the warehouse exists already.
    """
    resources = Resolver(template.build(project, stage), parameters, account, region).resources(MAKERS)
    return {
        name: _without_notification(resource)
        for name, resource in resources.items()
        if not _is_of_a_function(resource)
    }


def before(resources: Mapping[str, Resource], client: Client) -> None:
    """Create the resources that the functions need."""
    provision((resource for resource in resources.values() if resource.type not in AFTERWARDS), client)


def after(project: Path, resources: Mapping[str, Resource], names: Names, client: Client) -> None:
    """Create the resources that need the functions, and change settings that Chalice cannot change."""
    provision((resource for resource in resources.values() if resource.type in AFTERWARDS), client)
    declared = template.load()["Resources"]
    events = declared["Load"]["Properties"]["Events"]
    event_source.configure(names.function("load"), events["LoadSqsEventSource"]["Properties"], client)
    for function in config(project)["lambda_functions"]:
        properties = declared.get(template.logical(function), {}).get("Properties", {})
        if "EphemeralStorage" in properties:
            client("lambda").update_function_configuration(
                FunctionName=names.function(function), EphemeralStorage=properties["EphemeralStorage"]
            )
            # Lambda refuses another change of a function as long as this one is under way.
            client("lambda").get_waiter("function_updated_v2").wait(FunctionName=names.function(function))


def settings(stage: Stage, options: Options) -> dict[str, Any]:
    """Return settings of a stage for Chalice, in addition to those of `.chalice/config.json`."""
    functions = config(stage.project)["lambda_functions"]
    # Only these functions learn where the warehouse is.
    per_function = {
        name: _warehouse_settings(stage, options) for name in functions if template.enters_warehouse(name)
    }
    if options.admin_secret:
        per_function["create_database"]["environment_variables"] |= users(stage.names, options)
    return {
        "environment_variables": {
            "MONTH_FIRST_STORES": options.month_first_stores,
            "STORE_FOLDERS": options.store_folders,
            "STORES": options.stores,
            "LOAD_MINUTES": options.load_minutes,
            "WAREHOUSE_CHECKS": options.warehouse_checks,
        },
        "lambda_functions": per_function,
    }


def _warehouse_settings(stage: Stage, options: Options) -> dict[str, Any]:
    """Return the settings of a function that connects to the warehouse; a VPC only if the options name one."""
    is_dual_stack = str(options.uses_ipv6).lower()
    account, region = stage.account.number, stage.account.region
    role = f"arn:{partition(region)}:iam::{account}:role/{stage.names.copy_role}"
    vpc = {"subnet_ids": list(options.subnets), "security_group_ids": list(options.security_groups)}
    return {
        "environment_variables": {
            "WAREHOUSE": options.warehouse,
            "WAREHOUSE_SECRET": options.warehouse_secret,
            "COPY_ROLE": role,
            "AWS_USE_DUALSTACK_ENDPOINT": is_dual_stack,
        },
        **{name: identifiers for name, identifiers in vpc.items() if identifiers},
    }


def users(names: Names, options: Options) -> dict[str, str]:
    """Return the variables with the users that `create_database` creates, and the admin who may do so.

    In a workgroup each function's role is a user; to a cluster all functions connect as the user in the URL.
    """
    parts = urlsplit(options.warehouse)
    # redshift://loader@cafe-etl-1/sales -> "loader"; redshift-serverless://… -> "IAMR:cafe-etl-dev-load"
    if parts.scheme == "redshift":
        writers, readers = [parts.username or CLUSTER_USER], [f"IAMR:{names.reader_role}"]
    else:
        writers = [f"IAMR:{names.function(name)}" for name in WRITERS]
        readers = [f"IAMR:{names.function(name)}" for name in READERS]
    return {
        "ADMIN_SECRET": options.admin_secret,
        "WRITERS": ",".join(writers),
        "READERS": ",".join([*readers, *filter(None, [options.readers])]),
    }


def _check_options(stage: Stage, options: Options) -> None:
    check_deployable(options.warehouse, "WAREHOUSE")
    if bool(options.subnets) != bool(options.security_groups):
        raise InfraError("Functions in a VPC need both subnets and security groups: give both, or neither.")
    check_secret(options.warehouse_secret, stage.names.warehouse_secret)
    if options.admin_secret and not options.admin_secret.startswith("arn:"):
        raise InfraError(
            "Give the ARN of the admin's secret, not its name: the function's permissions need the ARN."
        )


def _run_chalice(
    command: str, stage: Stage, more: dict[str, Any], admin_secret: str = "", workgroup: str = NO_WORKGROUP
) -> None:
    """Run `chalice deploy` or `chalice delete` in a copy of the project; its record of the deployment stays here."""
    records = stage.project / ".chalice" / "deployed"
    records.mkdir(exist_ok=True)

    def filled(text: str) -> str:
        # The policy allows the admin secret of a Redshift that a stack created; here the admin may be another one.
        named = fill(text.replace(WORKGROUP, workgroup), stage.account.number, stage.account.region)
        return ADMINS_SECRET.sub(admin_secret, named) if admin_secret else named

    with prepared(stage.project, stage.name, stage.runtime, more, filled) as copy:
        (copy / ".chalice" / "deployed").symlink_to(records)
        chalice(copy, command, "--stage", stage.name, region=stage.account.region)


def _is_of_a_function(resource: Resource) -> bool:
    """Tell whether this is the role of a function: Chalice, not our template, sets the trust policy of those."""
    return resource.type == "AWS::IAM::Role" and "AssumeRolePolicyDocument" not in resource.properties


def _without_notification(resource: Resource) -> Resource:
    properties = resource.properties.copy()
    properties.pop("NotificationConfiguration", None)
    return replace(resource, properties=properties)
