"""`python -m infra change-set`, which `make change-set` runs."""

from pathlib import Path

import click

from infra import packages, release, schema_check
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.errors import InfraError
from infra.names import Names
from infra.provisioning import Client
from infra.readers import with_arns
from infra.release import Stack
from infra.schemas import Schemas
from infra.stages import require_stack
from infra.vendoring import PROJECT
from infra.workgroups import with_workgroup


@click.command("change-set", epilog=options.example("python -m infra change-set --stage prod LogDays=30"))
@options.stage
@options.build
@options.role
@options.parameters
def command(stage: str, build: Path, role: str, parameters: dict[str, str]) -> None:
    """Print as Markdown what a release would change.

    NAME=VALUE sets a parameter of infra/template.yaml; a parameter that is not named keeps its value.
    """
    require_stack(PROJECT, stage)
    account = Account.current()
    function = Names.of(PROJECT, stage).function("create_database")
    with aws_errors():
        parameters = with_arns(with_workgroup(parameters, account.client), account)
        stack = Stack.of(stage, account.number, account.region, parameters, role)
        changes = release.preview(build, stack, account.client)
        schemas = packages.schemas_of(build)
        click.echo(f"{_schema_line(stack, function, account.client, schemas)}\n\n{changes}", nl=False)


def _schema_line(stack: Stack, function: str, client: Client, schemas: Schemas) -> str:
    """Return the line that a release would print about the schema; a preview goes on where a release would stop."""
    try:
        return schema_check.plan(stack, function, client, schemas)
    except InfraError as exc:
        return f"A release would stop at once. {exc}"
