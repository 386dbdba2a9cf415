"""`up`: start the cloud, in the foreground or detached."""

import os
import subprocess
import sys
from pathlib import Path

import click

from local.commands.supervise import READY, from_package, supervisor
from local.console import say
from local.state import PROJECT, State


@click.command("up", epilog="Example: python -m local up --detach")
@click.option("--detach", is_flag=True, help="Return when the cloud is ready, and leave it running.")
@from_package
@click.pass_obj
def command(folder: Path, build: Path | None, *, detach: bool) -> int:
    """Start the local cloud and deploy the project to it."""
    return up(State.open(folder), detach=detach, build=build)


def up(state: State, *, detach: bool, build: Path | None = None) -> int:
    """Start the cloud and run it, here until a signal comes, or detached; of a package if its folder is given."""
    run = state.run()
    if run is not None:
        say(f"The local cloud is already running at {run.endpoint}.")
        return 0
    if detach:
        return _up_detached(state, build)
    supervisor(state, say, build).run(lambda: say(f"{_greeting(state)} Ctrl-C stops it."))
    return 0


def _up_detached(state: State, build: Path | None) -> int:
    reading, writing = os.pipe()
    package = ["--from-package", str(build)] if build else []
    with (state.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "local",
                "--state",
                str(state.folder),
                "supervise",
                str(writing),
                *package,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            cwd=PROJECT,
            start_new_session=True,
        )
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                if line.rstrip("\n") == READY:
                    say(_greeting(state))
                    return 0
                say(line.rstrip("\n"))
    except BaseException:
        process.terminate()
        raise
    return process.wait() or 1


def _greeting(state: State) -> str:
    return f"The local cloud is ready at {state.running().endpoint}."
