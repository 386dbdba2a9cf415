"""`python -m infra release`, which `make release` runs."""

from pathlib import Path

import click

from infra import event_source, release, schema_check, usage_limit
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.functions import call
from infra.names import Names
from infra.readers import with_arns
from infra.stages import require_stack
from infra.vendoring import PROJECT
from infra.workgroups import with_workgroup


@click.command(epilog=options.example("python -m infra release --stage prod NoticeEmail=data@example.org"))
@options.stage
@options.build
@options.role
@click.option("--no-schema-check", is_flag=True, help="Do not check the warehouse's schema first.")
@options.parameters
def command(stage: str, build: Path, role: str, *, no_schema_check: bool, parameters: dict[str, str]) -> None:
    """Release the package in build/ to its stack.

    It first prints the migrations that the warehouse needs, and runs them at the end.

    NAME=VALUE sets a parameter of infra/template.yaml; a parameter that is not named keeps its value.
    """
    require_stack(PROJECT, stage)
    account = Account.current()
    function = Names.of(PROJECT, stage).function("create_database")
    with aws_errors():
        parameters = with_arns(with_workgroup(parameters, account.client), account)
        stack = release.Stack.of(stage, account.number, account.region, parameters, role)
        if no_schema_check:
            click.echo("The warehouse's schema is not checked.", err=True)
        else:
            click.echo(schema_check.plan(stack, function, account.client), err=True)
        has_changed = release.release(build, stack, account.client)
        click.echo(
            f"The stack {stack.name} {'is released' if has_changed else 'needed no change'}: {account.place}.",
            err=True,
        )
        response = call(function, {}, account.client)
        event_source.check(Names.of(PROJECT, stage).function("load"), account.client)
        limit = usage_limit.apply(release.outputs(stack, account.client), account.client)
    click.echo(f"The warehouse, {response['engine']}, has schema {response['schema_version']}.", err=True)
    if limit:
        click.echo(limit, err=True)
