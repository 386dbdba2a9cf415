"""`python -m infra deploy`, which `make deploy` runs."""

from typing import Any

import click

from infra import deploying
from infra.accounts import Account
from infra.chalice_stage import Options, Stage
from infra.commands import options
from infra.commands.settings import stage_settings
from infra.readers import arns
from infra.runtimes import runtime
from infra.stages import require_chalice
from infra.vendoring import PROJECT


@click.command(
    epilog=options.example(
        "python -m infra deploy --stage dev --warehouse redshift-serverless://workgroup/database"
    )
)
@options.stage
@options.architecture
@stage_settings
@click.option("--notice-email", help="The address that gets notices and alarms.")
@click.option(
    "--reader-roles",
    default="",
    help="Roles, comma-separated, whose people may query the warehouse: names or ARNs.",
)
def command(stage: str, architecture: str, **chosen: Any) -> None:
    """Deploy a stage with Chalice, and all that it needs.

    A setting that is not given stays as .chalice/config.json has it.
    """
    require_chalice(PROJECT, stage)
    account = Account.current()
    chosen["reader_roles"] = arns(chosen["reader_roles"], account.number, account.region)
    deployment = Stage(PROJECT, stage, account, runtime(architecture=architecture))
    # --notice-email is the field notice_email of the options.
    changed = deploying.deploy(deployment, Options.of(deployment, chosen))
    options.say_changed(changed)
    click.echo(f"The stage {stage} is deployed: {account.place}.", err=True)
