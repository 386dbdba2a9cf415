"""`python -m infra upload-link`."""

import re
from datetime import UTC, date, datetime, timedelta

import click

from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.deployed import deployed_names
from infra.uploads import Uploads, link
from infra.vendoring import PROJECT


def _till(_ctx: click.Context, _param: click.Parameter, till: str) -> str:
    if till and not re.fullmatch("[A-Za-z0-9-]+", till):
        raise click.BadParameter("A till's name has letters, digits and hyphens.")
    return till


@click.command(
    "upload-link", epilog=options.example("python -m infra upload-link --store Leeds --stage prod")
)
@options.stage
@options.store
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: date.today().isoformat(),  # noqa: DTZ011 - the day of the person who asks
    metavar="YYYY-MM-DD",
    help="The day of the sales.  [default: today]",
)
@click.option("--till", default="", callback=_till, help="The till, if each till of the store has a file.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 720),
    default=60,
    show_default=True,
    help="The time for which the link works.",
)
def command(stage: str, store: str, day: datetime, till: str, minutes: int) -> None:
    """Print a command with which a store uploads one file.

    Whoever has the link in it can upload this one file, and nothing else. docs/stores.md explains it to the store.
    """
    uploads = Uploads.of(store)
    account = Account.current()
    key = uploads.key(day.date(), till)
    end = datetime.now(UTC) + timedelta(minutes=minutes)
    with aws_errors():
        bucket = deployed_names(PROJECT, stage, account).raw_bucket
        url = link(bucket, key, minutes * 60, account)
    click.echo(
        f"The file becomes {key} in {bucket}: the sales of {store} on {day:%d-%m-%Y}. A second upload replaces the"
        f" first. The link works until {end:%H:%M} UTC, or until your own session ends.",
        err=True,
    )
    click.echo(f'curl --fail --upload-file FILE.csv "{url}"')
