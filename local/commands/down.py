"""`down`: stop the cloud."""

import signal
import time
from pathlib import Path
from typing import Final

import click

from local.cloud import postgres
from local.console import say
from local.errors import LocalCloudError
from local.page import running
from local.state import WAS_KILLED, State, is_alive

STOP_SECONDS: Final = 60
POLL_SECONDS: Final = 0.02


@click.command("down", epilog="Example: python -m local down")
@click.pass_obj
def command(folder: Path) -> int:
    """Stop the local cloud; its data stays."""
    return down(State.open(folder))


def down(state: State) -> int:
    """Stop the cloud, even one that is still starting, and wait until all its processes have ended."""
    supervisor = state.supervisor()
    if supervisor is None:
        if state.was_killed():
            say(WAS_KILLED)
        clean_up(state)
        running.wait_until_ended(state)
        say("The local cloud is not running.")
        return 0
    supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_alive(supervisor):
        if time.monotonic() > deadline:
            supervisor.kill()
            raise LocalCloudError("The local cloud did not stop in time and was killed; see its log.")
        time.sleep(POLL_SECONDS)
    running.wait_until_ended(state)
    if state.was_killed():  # its last step, after saving, is to remove the run file
        raise LocalCloudError(
            f"The local cloud is stopped, but could not save everything: see {state.logs / 'supervisor.log'}."
        )
    say("The local cloud is stopped.")
    return 0


def clean_up(state: State) -> None:
    """Remove the server and the run file that a killed supervisor may have left."""
    postgres.stop_leftover(state.warehouse)
    state.remove_run()
