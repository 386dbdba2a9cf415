"""`python -m infra smoke`, which `make smoke` runs."""

from dataclasses import replace
from functools import partial

import click

from infra import release
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.errors import InfraError
from infra.names import Names
from infra.smoke import TIMEOUT_SECONDS, smoke
from infra.stages import has_template
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
    """Send a small test file through a stage, and remove it again.

    Ctrl-C and SIGTERM remove the file, too. Run only one smoke test of a stage at a time.
    """
    account = Account.current()
    names = Names.of(PROJECT, stage).within(account.number, account.region)
    try:
        with stoppable(), aws_errors():
            if has_template(PROJECT, stage):  # a parameter may have given the bucket another name
                stack = release.Stack.of(stage, account.number, account.region, {})
                names = replace(names, raw_bucket=release.outputs(stack, account.client)["RawBucketName"])
            smoke(names, account.client, partial(click.echo, err=True), timeout)
    except Stopped as stop:
        click.get_current_context().exit(stop.exit_code)
    except KeyboardInterrupt as exc:
        raise InfraError("The test file is not removed. The next smoke test removes it.") from exc
