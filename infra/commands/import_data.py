"""`python -m infra import-data`."""

from pathlib import Path

import click

from infra import importing
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.release import Stack
from infra.stages import require_stack
from infra.vendoring import PROJECT


@click.command(
    "import-data", epilog=options.example("python -m infra import-data --stage prod RawBucket=our-files")
)
@options.stage
@options.build
@options.parameters
def command(stage: str, build: Path, parameters: dict[str, str]) -> None:
    """Take the data of a destroyed stage into a new stack.

    This is for an administrator, before the stage is released again, with the parameters of that release. It imports
    the buckets, the hash key and the namespace that `make destroy` kept.
    """
    require_stack(PROJECT, stage)
    account = Account.current()
    stack = Stack.of(stage, account.number, account.region, parameters)
    with aws_errors():
        imported = importing.import_existing(build, stack, account)
    click.echo(
        f"Imported into the stack {stack.name}: {', '.join(imported)}. Now release the stage.", err=True
    )
