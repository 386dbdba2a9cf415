"""`python -m infra subscribe`."""

import click

from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.errors import InfraError
from infra.names import Names, partition
from infra.subscriptions import filter_policy, subscribe
from infra.vendoring import PROJECT


@click.command(epilog=options.example("python -m infra subscribe --store Leeds manager@example.org"))
@options.stage
@click.option(
    "--store", "stores", multiple=True, metavar="NAME", help="A store whose mails to send; may be repeated."
)
@click.option("--notices", is_flag=True, help="Send the notices to head office instead.")
@click.option("--alarms", is_flag=True, help="Send the alarms instead.")
@click.argument("address")
def command(stage: str, stores: tuple[str, ...], address: str, *, notices: bool, alarms: bool) -> None:
    """Send an address the mails of stores, notices or alarms.

    The stores replace those that the address had before. AWS asks a new address to confirm.
    """
    if bool(stores) + notices + alarms != 1:
        raise InfraError("Give --store, --notices or --alarms: exactly one of them.")
    policy = filter_policy(stores) if stores else {}
    account = Account.current()
    names = Names.of(PROJECT, stage).within(account.number, account.region)
    name = names.store_topic if stores else names.notice_topic if notices else names.alarm_topic
    topic = f"arn:{partition(account.region)}:sns:{account.region}:{account.number}:{name}"
    with aws_errors():
        is_new = subscribe(topic, address, policy, account.client)
    subject = ", ".join(policy["store"]) if policy else "notices" if notices else "alarms"
    if is_new:
        click.echo(f"AWS asks {address} to confirm; after that it gets the mails of: {subject}.")
    else:
        click.echo(f"{address} gets the mails of: {subject}. A change takes up to 15 minutes.")
