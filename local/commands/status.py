"""`status`: show the processes, addresses and contents of a running cloud."""

from pathlib import Path
from typing import Final

import click

from chalicelib.people.quantities import quantity
from local.console import show
from local.control import ask
from local.state import State

STOPPED: Final = 3
"""The exit code when nothing runs."""


@click.command("status", epilog="Example: python -m local status")
@click.pass_obj
def command(folder: Path) -> int:
    """Show processes, functions, queues and buckets.

    The exit code is 3 if nothing runs.
    """
    return status(State.open(folder))


def status(state: State) -> int:
    """Print addresses, functions, and counts of messages, objects and events; return 3 if nothing runs."""
    run = state.run()
    if run is None:
        show("The local cloud is not running.")
        return STOPPED
    status = ask(run, "status")
    show(f"running    process {run.pid}, state in {state.folder}")
    show(f"endpoint   {run.endpoint}")
    show(f"warehouse  {run.warehouse}")
    if run.tcp:
        show(f"tcp        {run.tcp}, password in {state.password_file}")
    show(f"functions  {', '.join(status['functions']) or 'none'}")
    if status["missing_functions"]:
        missing = ", ".join(status["missing_functions"])
        show(f"deleted    {missing}; `python -m local up` deploys them again")
    for name, depth in status["queues"].items():
        show(f"queue      {name}: {quantity(depth, 'message')}")
    for name, count in status["objects"].items():
        show(f"bucket     {name}: {quantity(count, 'object')}")
    waiting, given_up = status["pending_notifications"], status["given_up_notifications"]
    show(f"events     {waiting} on their way, {sum(given_up.values())} given up")
    return 0
