"""`make deploy`: Chalice deploys the functions; calls of AWS create everything else in the template."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import event_source, template
from infra.accounts import aws_errors
from infra.chalice_stage import Options, Stage
from infra.configuring import configure, entry_of
from infra.errors import InfraError
from infra.functions import call
from infra.ipv6 import allow_ipv6
from infra.names import Names, config
from infra.packaging import chalice
from infra.preparing import prepared
from infra.provisioning import Client, provision, remove
from infra.resolving import Resource
from infra.workgroups import workgroup_arn

AFTERWARDS: Final = {"AWS::Lambda::EventInvokeConfig"}
"""The types that need a function that exists already."""

EXISTING_WAREHOUSE: Final = {"Warehouse": "existing", "ReaderRoles": "any"}
"""The parameters for deleting a stage: it never created its warehouse, but may have a role for readers."""


def deploy(stage: Stage, options: Options) -> list[Path]:
    """Deploy a stage with Chalice, or bring it up to date; return the files of its configuration that changed.

    Raise `InfraError` for wrong options or what AWS refuses.
    """
    entry = entry_of(stage, options)
    names, client = stage.names, stage.account.client
    with aws_errors():
        _require_no_mapping_without_record(stage)
        workgroup = workgroup_arn(options.warehouse, client)
        changed = configure(stage, entry, workgroup)
        resources = stage.surroundings({**options.parameters(), "WorkgroupArn": workgroup})
        before(resources, client)
        if not options.reader_roles:
            remove([stage.surroundings(EXISTING_WAREHOUSE)["ReaderRole"]], client)
        _run_chalice(stage, entry)
        after(stage.project, resources, names, client)
        if options.uses_ipv6:
            inside = filter(template.enters_warehouse, config(stage.project)["lambda_functions"])
            allow_ipv6(map(names.function, inside), options.subnets, options.security_groups, client)
        call(names.function("create_database"), {}, client)
    return changed


def destroy(stage: Stage) -> list[str]:
    """Delete what `deploy` created, except the buckets and the hash key; return the names of these."""
    with aws_errors():
        _require_record(stage)
        chalice(stage.project, "delete", "--stage", stage.name, region=stage.account.region)
        return remove(stage.surroundings(EXISTING_WAREHOUSE).values(), stage.account.client)


def _require_record(stage: Stage) -> None:
    """Raise `InfraError` if the stage has functions, but Chalice has no record of its deployment here."""
    # `chalice delete` without its record deletes nothing, says so, and ends with exit code 0.
    if _lacks_record(stage):
        raise InfraError(f"{_elsewhere(stage)} Without it Chalice does not know what to delete.")


def _require_no_mapping_without_record(stage: Stage) -> None:
    """Raise `InfraError` if a queue calls the stage's `load`, but Chalice has no record of that."""
    if _lacks_record(stage) and event_source.mappings(stage.names.function("load"), stage.account.client):
        raise InfraError(
            f"{_elsewhere(stage)} Without it Chalice would connect the queue a second time, which Lambda refuses."
        )


def _lacks_record(stage: Stage) -> bool:
    """Tell whether the stage has functions that Chalice has no record of here."""
    if _record(stage).is_file():
        return False
    try:
        stage.account.client("lambda").get_function(FunctionName=stage.names.function("load"))
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    return True


def _record(stage: Stage) -> Path:
    return stage.project / ".chalice" / "deployed" / f"{stage.name}.json"


def _elsewhere(stage: Stage) -> str:
    record = _record(stage).relative_to(stage.project)
    return f"The stage {stage.name} was deployed from another folder: copy {record} from there."


def _run_chalice(stage: Stage, entry: dict[str, Any]) -> None:
    """Run `chalice deploy` in a copy of the project with all libraries; its record of the deployment stays here."""
    records = stage.project / ".chalice" / "deployed"
    records.mkdir(exist_ok=True)
    with prepared(stage.project, stage.name, stage.runtime, entry) as copy:
        (copy / ".chalice" / "deployed").symlink_to(records)
        chalice(copy, "deploy", "--stage", stage.name, region=stage.account.region)


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
