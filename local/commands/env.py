"""`env`: print exports for a shell."""

from pathlib import Path

import click

from local.cloud import cluster
from local.environment import shell_lines
from local.state import State


@click.command("env", epilog='Example: eval "$(python -m local env)"')
@click.pass_obj
def command(folder: Path) -> int:
    """Print the exports that lead a shell's tools to the local cloud.

    After `eval`, `aws`, `chalice` and `psql` reach the local cloud instead of AWS.
    """
    state = State.open(folder)
    print("\n".join(shell_lines(state.running(), cluster.BIN, state.password_file)))
    return 0
