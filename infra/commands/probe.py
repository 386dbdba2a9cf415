"""`python -m infra probe`."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from chalicelib.errors import CafeEtlError
from infra.accounts import aws_errors
from infra.commands import options
from infra.errors import InfraError
from infra.probe import report
from infra.probe.catalogue import QUESTIONS
from infra.probe.running import answers
from infra.probe.schema import probed
from infra.probe.sessions import Options
from infra.warehouses import check_warehouse

if TYPE_CHECKING:
    from infra.probe.model import Answer


@click.command(
    epilog=options.example("python -m infra probe --warehouse redshift-serverless://workgroup/database")
)
@click.option("--warehouse", required=True, help="The URL of the warehouse.")
@click.option(
    "--schema",
    default=lambda: f"cafe_etl_probe_{secrets.token_hex(4)}",
    metavar="NAME",
    help="The schema to create, and to drop at the end.  [default: cafe_etl_probe_<random>]",
)
@click.option(
    "--admin-secret", default="", help="The ARN of Redshift's admin secret, to connect as the admin."
)
@click.option("--copy-role", default="", help="The ARN of the role that Redshift reads the bucket with.")
@click.option("--bucket", default="", help="The bucket for small files under staged/, which COPY reads.")
def command(warehouse: str, **settings: str) -> None:
    """Check on a real Redshift what a laptop cannot show.

    Prints a line for each question; docs/redshift-first-hour.md explains them. Works in a schema of its own.
    """
    check_warehouse(warehouse, "--warehouse")
    answered: list[Answer] = []
    leftovers: list[str] = []
    try:
        with _errors(), probed(Options(warehouse, **settings), leftovers.append) as probe:
            for answer in answers(QUESTIONS, probe):
                click.echo(report.line(answer))
                answered.append(answer)
    finally:
        for sentence in leftovers:
            click.echo(sentence, err=True)
    click.echo(report.summary(answered))
    if leftovers or report.has_failed(answered):
        click.get_current_context().exit(1)


@contextmanager
def _errors() -> Iterator[None]:
    """Turn the errors of a connection that cannot be made into an `InfraError`."""
    try:
        with aws_errors():
            yield
    except CafeEtlError as exc:
        raise InfraError(f"Could not connect to the warehouse: {exc}") from exc
