"""The check that `app.py` makes when Chalice's own command imports it: the command must fit its stage."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from infra import vendoring
from infra.chalice_stage import function_variables
from infra.configuring import policy_texts
from infra.errors import InfraError
from infra.names import LOCAL, config, variables
from infra.runtimes import runtime
from infra.stages import has_template, require_stack

ONE_WORKGROUP: Final = re.compile(r"arn:[\w-]+:redshift-serverless:[\w:-]+:workgroup/[\w-]+")


def check() -> None:
    """End Chalice's command with a sentence if it does not fit its stage, or if the functions could not run."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name not in {"deploy", "package", "delete"}:
        return
    try:
        check_command(context.info_name, context.params, Path.cwd())
    except InfraError as exc:
        raise SystemExit(str(exc)) from exc


def check_command(command: str, options: Mapping[str, Any], project: Path) -> None:
    """Raise `InfraError` with what to do unless a command of Chalice, with its options, does what it should."""
    stage = options["stage"]
    if has_template(project, stage):
        _check_stack(command, options)
    elif command == "package":
        require_stack(project, stage)
    elif stage != LOCAL:
        _check_stage(command, stage, project)
    if command != "delete":
        architecture = config(project)["stages"][stage].get("lambda_architecture", "x86_64")
        vendoring.require(vendoring.PROJECT / "vendor", runtime(architecture=architecture))


def _check_stack(command: str, options: Mapping[str, Any]) -> None:
    stage = options["stage"]
    if command == "deploy":
        raise InfraError(f"The stage {stage} is a stack: `chalice package` and `make release` deploy it.")
    if command == "delete":
        raise InfraError(
            f"The stage {stage} is a stack: `make destroy STAGE={stage}` deletes it, except its data."
        )
    if not options["merge_template"]:
        raise InfraError(
            "The template lacks buckets, queues and names: add --merge-template infra/template.yaml."
        )


def _check_stage(command: str, stage: str, project: Path) -> None:
    if command == "delete":
        click.echo(
            f"Chalice deletes the functions of {stage} alone: `make destroy STAGE={stage}` deletes queues, topics,"
            " alarms and logs, too.",
            err=True,
        )
        return
    settings = variables(project, stage)
    entry = config(project)["stages"][stage]
    if "RAW_BUCKET" not in settings or "WAREHOUSE" not in function_variables(entry, "load"):
        raise InfraError(
            f"The stage {stage} has no names of an account or no WAREHOUSE in .chalice/config.json:"
            f" `make deploy STAGE={stage} WAREHOUSE=…` makes its buckets and queues, and writes their names there."
        )
    if function_variables(entry, "load").get("AWS_USE_DUALSTACK_ENDPOINT") == "true":
        raise InfraError(
            f"The functions of {stage} reach AWS over IPv6, for which Chalice has no setting:"
            f" `make deploy STAGE={stage}` deploys them."
        )
    _check_policies(stage, project, entry)
    if project == vendoring.PROJECT and not _is_recorded(stage, project):
        raise InfraError(
            f"Chalice has no record of {stage} in .chalice/deployed. The first time use `make deploy STAGE={stage}`:"
            " it also sets what Chalice has no setting for, such as that failed loads are tried again. If the stage was"
            " deployed from another folder, copy the record from there."
        )


def _check_policies(stage: str, project: Path, entry: Mapping[str, Any]) -> None:
    # arn:aws:sns:eu-west-1:123456789012:cafe-etl-dev-notices
    region, account = entry["environment_variables"]["NOTICE_TOPIC"].split(":")[3:5]
    secret = function_variables(entry, "create_database").get("ADMIN_SECRET", "")
    workgroup = _workgroup(project / ".chalice" / stage / "policy-load.json")
    for path, text in policy_texts(project, stage, (account, region), secret, workgroup).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            raise InfraError(
                f"The permissions in {path.relative_to(project)} are not those of today's policies:"
                f" `python -m infra configure --stage {stage}` writes them again."
            )


def _workgroup(policy: Path) -> str:
    """Return the workgroup that a policy allows, or an empty text: its ARN has an id that only AWS knows."""
    text = policy.read_text(encoding="utf-8") if policy.is_file() else ""
    match = ONE_WORKGROUP.search(text)
    return match[0] if match else ""


def _is_recorded(stage: str, project: Path) -> bool:
    record = project / ".chalice" / "deployed" / f"{stage}.json"
    return record.is_file() and f":function:cafe-etl-{stage}-load" in record.read_text(encoding="utf-8")
