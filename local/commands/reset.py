"""`reset`: empty the cloud."""

import shutil
from contextlib import suppress
from pathlib import Path

import click

from local.commands.down import clean_up
from local.console import say
from local.control import ask
from local.errors import LocalCloudError
from local.state import State


@click.command("reset", epilog="Example: python -m local reset")
@click.pass_obj
def command(folder: Path) -> int:
    """Delete all data of the local cloud except its hash key."""
    return reset(State.open(folder))


def reset(state: State) -> int:
    """Empty everything but the hash key; a running cloud runs on."""
    run = state.run()
    if run is not None:
        ask(run, "reset")
        say("The local cloud is empty and runs on.")
        return 0
    if state.supervisor() is not None:
        raise LocalCloudError("The local cloud is starting or stopping: try again later.")
    clean_up(state)
    for folder in (state.warehouse, state.saved, state.logs):
        _remove(folder)
    say("The local cloud is empty; it is not running.")
    return 0


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
