"""`python -m infra deploy`, which `make deploy` runs."""

from typing import Any

import click

from chalicelib import schedules
from chalicelib.settings import ALWAYS, DAILY
from infra import deploying
from infra.accounts import Account
from infra.commands import options
from infra.readers import arns
from infra.runtimes import runtime
from infra.stages import require_chalice
from infra.vendoring import PROJECT


def _split(_ctx: click.Context, _param: click.Parameter, text: str) -> tuple[str, ...]:
    """Split a comma-separated option; an empty one is an empty tuple."""
    return tuple(filter(None, text.split(",")))


@click.command(
    epilog=options.example(
        "python -m infra deploy --stage dev --warehouse redshift-serverless://workgroup/database"
    )
)
@options.stage
@options.architecture
@click.option("--warehouse", default="", help="The URL of the warehouse, without a password.")
@click.option(
    "--warehouse-secret", default="", help="The ARN of a secret with user and password of a PostgreSQL."
)
@click.option("--notice-email", default="", help="The address that gets notices and alarms.")
@click.option(
    "--subnets",
    default="",
    callback=_split,
    help="Private subnets, comma-separated, from which the functions reach a warehouse in a VPC.",
)
@click.option(
    "--security-groups",
    default="",
    callback=_split,
    help="Security groups, comma-separated, of the functions in these subnets.",
)
@click.option(
    "--ipv6",
    type=click.Choice(["yes", "no"]),
    default="yes",
    help="Whether these functions reach AWS over IPv6; no for subnets with a NAT gateway.",
)
@click.option(
    "--admin-secret", default="", help="The ARN of Redshift's admin secret, to create the functions' users."
)
@click.option(
    "--month-first-stores",
    default="",
    help="Stores, comma-separated, whose ambiguous dates have the month first.",
)
@click.option(
    "--readers",
    default="",
    help="Users, comma-separated, who may read the warehouse; it needs --admin-secret.",
)
@click.option(
    "--reader-roles",
    default="",
    help="Roles, comma-separated, whose people may query the warehouse: names or ARNs.",
)
@click.option(
    "--store-folders",
    type=click.Choice(["yes", "no"]),
    default="no",
    help="Whether a file in a store's folder may have sales of that store alone.",
)
@click.option(
    "--stores",
    default="",
    help="Stores, comma-separated, that the name of a file without a column for the store may say.",
)
@click.option(
    "--load-minutes",
    type=click.Choice([str(minutes) for minutes in schedules.LOAD_MINUTES]),
    default="240",
    help="The minutes between two loads; 0 to load each file when it comes.",
)
@click.option(
    "--warehouse-checks",
    type=click.Choice([DAILY, ALWAYS]),
    default=DAILY,
    help="Whether a sweep looks for missing stores once a day, or always.",
)
def command(stage: str, architecture: str, **settings: Any) -> None:
    """Deploy a stage with Chalice, and all that it needs."""
    require_chalice(PROJECT, stage)
    account = Account.current()
    settings["reader_roles"] = arns(settings["reader_roles"], account.number, account.region)
    deployment = deploying.Stage(PROJECT, stage, account, runtime(architecture=architecture))
    deploying.deploy(deployment, deploying.Options(**settings))  # --notice-email is its field notice_email
    click.echo(f"The stage {stage} is deployed: {account.place}.", err=True)
