"""`python -m infra release`, which `make release` runs."""

from pathlib import Path
from typing import Any

import click

from infra import event_source, kept_packages, packages, release, schema_check, usage_limit
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.functions import call
from infra.names import Names
from infra.packages import Package
from infra.provisioning import Client
from infra.readers import with_arns
from infra.release import Stack
from infra.stages import require_stack
from infra.vendoring import PROJECT
from infra.workgroups import with_workgroup


@click.command(epilog=options.example("python -m infra release --stage prod NoticeEmail=data@example.org"))
@options.stage
@options.build
@options.role
@click.option(
    "--package",
    "digest",
    metavar="DIGEST",
    help="Release this package, which the bucket of packages has kept, and not the one in build/.",
)
@click.option("--no-schema-check", is_flag=True, help="Do not check the warehouse's schema first.")
@options.parameters
def command(stage: str, build: Path, digest: str | None, *, no_schema_check: bool, **settings: Any) -> None:
    """Release the package in build/, or a kept one, to its stack.

    It first prints the migrations that the warehouse needs, and runs them at the end.

    NAME=VALUE sets a parameter of infra/template.yaml; a parameter that is not named keeps its value.
    """
    require_stack(PROJECT, stage)
    account = Account.current()
    function = Names.of(PROJECT, stage).function("create_database")
    with aws_errors():
        parameters = with_arns(with_workgroup(settings.pop("parameters"), account.client), account)
        stack = Stack.of(stage, account.number, account.region, parameters, **settings)  # the role
        source = kept_packages.find(digest, stack, account.client("s3")) if digest is not None else build
        if no_schema_check:
            click.echo("The warehouse's schema is not checked.", err=True)
        else:
            schemas = source.schemas if isinstance(source, Package) else packages.schemas_of(source)
            click.echo(schema_check.plan(stack, function, account.client, schemas), err=True)
        if isinstance(source, Package):
            _tell_what_is_forgotten(source, stack, account.client)
        replaced = kept_packages.running(stack, account.client)
        has_changed = release.release(source, stack, account.client)
        click.echo(
            f"The stack {stack.name} {'is released' if has_changed else 'needed no change'}: {account.place}.",
            err=True,
        )
        if package := kept_packages.running(stack, account.client):
            click.echo(f"It runs the package {package.digest}.", err=True)
        if replaced and not kept_packages.is_kept(replaced, stack, account.client("s3")):
            click.echo(
                f"The package {replaced.digest}, which ran before, is not in the bucket any more: there is no way back"
                " to it.",
                err=True,
            )
        response = call(function, {}, account.client)
        event_source.check(Names.of(PROJECT, stage).function("load"), account.client)
        limit = usage_limit.apply(release.outputs(stack, account.client), account.client)
    click.echo(f"The warehouse, {response['engine']}, has schema {response['schema_version']}.", err=True)
    if limit:
        click.echo(limit, err=True)


def _tell_what_is_forgotten(package: Package, stack: Stack, client: Client) -> None:
    """Name the parameters that a newer release must set again: CloudFormation keeps no value without its parameter."""
    if names := release.forgotten(package, stack, client):
        click.echo(
            f"This package has no parameters {', '.join(names)}: their values are lost."
            " Set them when you release a newer package.",
            err=True,
        )
