"""`python -m infra smoke`, which `make smoke` runs."""

from functools import partial

import click

from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.deployed import deployed_names
from infra.errors import InfraError
from infra.smoke import TIMEOUT_SECONDS, smoke
from infra.stopping import Stopped, stoppable
from infra.vendoring import PROJECT


@click.command(epilog=options.example("python -m infra smoke --stage dev --timeout 60"))
@options.stage
@click.option(
    "--timeout",
    type=float,
    default=TIMEOUT_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="The time within which the file must be loaded.",
)
def command(stage: str, timeout: float) -> None:
    """Send a small test file through a stage and remove it.

    Ctrl-C and SIGTERM remove the file, too. Run only one smoke test of a stage at a time.
    """
    account = Account.current()
    try:
        with stoppable(), aws_errors():
            names = deployed_names(PROJECT, stage, account)
            smoke(names, account.client, partial(click.echo, err=True), timeout)
    except Stopped as stop:
        click.get_current_context().exit(stop.exit_code)
    except KeyboardInterrupt as exc:
        raise InfraError("The test file is not removed. The next smoke test removes it.") from exc
