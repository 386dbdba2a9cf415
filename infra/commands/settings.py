"""The settings of a stage that Chalice deploys, as options of `configure` and `deploy`."""

from collections.abc import Callable
from typing import Final

import click

from chalicelib import schedules
from chalicelib.settings import ALWAYS, DAILY


def _split(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated option; an empty one is an empty tuple, and a missing one None."""
    return None if text is None else tuple(filter(None, text.split(",")))


SETTINGS: Final = (
    click.option("--warehouse", help="The URL of the warehouse, without a password."),
    click.option("--warehouse-secret", help="The ARN of a secret with user and password of a PostgreSQL."),
    click.option(
        "--subnets",
        callback=_split,
        help="Private subnets, comma-separated, from which the functions reach a warehouse in a VPC.",
    ),
    click.option(
        "--security-groups",
        callback=_split,
        help="Security groups, comma-separated, of the functions in these subnets.",
    ),
    click.option(
        "--ipv6",
        type=click.Choice(["yes", "no"]),
        help="Whether these functions reach AWS over IPv6; no for subnets with a NAT gateway.",
    ),
    click.option(
        "--admin-secret", help="The ARN of Redshift's admin secret, to create the functions' users."
    ),
    click.option(
        "--month-first-stores",
        help="Stores, comma-separated, whose ambiguous dates have the month first.",
    ),
    click.option(
        "--readers",
        help="Users, comma-separated, who may read the warehouse; it needs --admin-secret.",
    ),
    click.option(
        "--store-folders",
        type=click.Choice(["yes", "no"]),
        help="Whether a file in a store's folder may have sales of that store alone.",
    ),
    click.option(
        "--stores",
        help="Stores, comma-separated, that the name of a file without a column for the store may say.",
    ),
    click.option(
        "--load-minutes",
        type=click.Choice([str(minutes) for minutes in schedules.LOAD_MINUTES]),
        help="The minutes between two loads; 0 to load each file when it comes.",
    ),
    click.option(
        "--warehouse-checks",
        type=click.Choice([DAILY, ALWAYS]),
        help="Whether a sweep looks for missing stores once a day, or always.",
    ),
)
"""The settings of a stage that Chalice deploys; one that is not given is None, and stays as it is."""


def stage_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add the settings of a stage that Chalice deploys to a command."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command
