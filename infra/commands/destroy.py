"""`python -m infra destroy`, which `make destroy` runs."""

import click

from infra import deploying, release
from infra.accounts import Account, aws_errors
from infra.chalice_stage import Stage
from infra.commands import options
from infra.runtimes import runtime
from infra.stages import has_template, require_chalice
from infra.vendoring import PROJECT


@click.command(epilog=options.example("python -m infra destroy --stage dev"))
@options.named_stage
@options.architecture
@options.role
def command(stage: str, architecture: str, role: str) -> None:
    """Delete a stage except its data."""
    retained = _delete_stack(stage, role) if has_template(PROJECT, stage) else _delete(stage, architecture)
    click.echo(f"The stage {stage} is deleted. Kept: {', '.join(retained) or 'nothing'}.", err=True)


def _delete_stack(stage: str, role: str) -> list[str]:
    account = Account.current()
    with aws_errors():
        stack = release.Stack.of(stage, account.number, account.region, {}, role)
        return release.delete(stack, account.client)


def _delete(stage: str, architecture: str) -> list[str]:
    require_chalice(PROJECT, stage)
    deployment = Stage(PROJECT, stage, Account.current(), runtime(architecture=architecture))
    return deploying.destroy(deployment)
