"""`python -m infra costs`."""

from dataclasses import replace
from typing import Any

import click

from infra import cost_tables
from infra.commands import options
from infra.costs import TEN


@click.command(epilog=options.example("python -m infra costs --stores 40 --loads 24"))
@click.option(
    "--stores", type=click.IntRange(1), help="The number of stores; without it, the tables of docs/costs.md."
)
@click.option(
    "--loads", type=click.IntRange(1, 288), default=TEN.loads, show_default=True, help="Loads a day."
)
@click.option(
    "--rpu", type=click.IntRange(4, 1024), default=TEN.rpu, show_default=True, help="The base capacity."
)
@click.option("--nat", is_flag=True, help="Count a NAT gateway.")
def command(stores: int | None, **assumptions: Any) -> None:
    """Print what a chain costs a month, line by line.

    The lines are a table of Markdown, and the warehouse is Redshift Serverless.
    """
    if stores is None:
        click.echo("\n\n".join(cost_tables.document_tables()))
        return
    loads = assumptions["loads"]
    # The morning's report and one to spare, as for ten stores. A year of a store's sales is 42 MB.
    chain = replace(
        TEN, stores=stores, wakes=loads + TEN.wakes - TEN.loads, sales_gb=stores * 0.042, **assumptions
    )
    click.echo(cost_tables.bill_table([chain]))
