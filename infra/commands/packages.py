"""`python -m infra packages`, which `make packages` runs."""

import click

from infra import kept_packages
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.release import Stack
from infra.stages import require_stack
from infra.vendoring import PROJECT


@click.command(epilog=options.example("python -m infra packages --stage prod"))
@options.stage
def command(stage: str) -> None:
    """List the packages of a stage that can be released.

    The one that runs comes first, then the one that ran before it. `release --package` takes a digest, or the first
    characters of it.
    """
    require_stack(PROJECT, stage)
    account = Account.current()
    stack = Stack.of(stage, account.number, account.region, {})
    with aws_errors():
        for package in kept_packages.listed(stack, account.client):
            click.echo(package)
