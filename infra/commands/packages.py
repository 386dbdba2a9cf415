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
        packages = kept_packages.listed(stack, account.client)
    for package in packages:
        click.echo(package)
    if not packages:
        click.echo(
            f"`make release STAGE={stage}` has put no package of {stack.name} into {stack.bucket} yet.",
            err=True,
        )
