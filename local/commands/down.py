"""`down`: stop the cloud."""

import signal
import time
from pathlib import Path

import click

from local.cloud import postgres
from local.console import say
from local.errors import LocalCloudError
from local.state import State, is_alive

STOP_SECONDS = 60
POLL_SECONDS = 0.02


@click.command("down", epilog="Example: python -m local down")
@click.pass_obj
def command(folder: Path) -> int:
    """Stop the local cloud; its data stays."""
    return down(State.open(folder))


def down(state: State) -> int:
    """Stop the cloud and wait until nothing of it is left; one that is still starting, too."""
    supervisor = state.supervisor()
    if supervisor is None:
        clean_up(state)
        say("The local cloud is not running.")
        return 0
    supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_alive(supervisor):
        if time.monotonic() > deadline:
            supervisor.kill()
            raise LocalCloudError("The local cloud did not stop in time and was killed; see its log.")
        time.sleep(POLL_SECONDS)
    say("The local cloud is stopped.")
    return 0


def clean_up(state: State) -> None:
    """Remove what a supervisor that was killed may have left."""
    postgres.stop_leftover(state.warehouse)
    state.remove_run()
