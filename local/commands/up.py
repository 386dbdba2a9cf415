"""`up`: start the cloud, in the foreground or detached."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click

from infra.names import LOCAL
from local.cloud.options import Options, chosen_warehouse
from local.commands.supervise import READY, from_package, supervisor, tcp, warehouse
from local.console import say
from local.control import ask
from local.disk import write_errors
from local.errors import LocalCloudError
from local.state import PROJECT, Run, State

DEPLOY_SECONDS: Final = 600
STOP_SECONDS: Final = 60


@click.command("up", epilog="Example: python -m local up --detach")
@click.option("--detach", is_flag=True, help="Return when the cloud is ready, and leave it running.")
@tcp
@warehouse
@from_package
@click.pass_obj
def command(folder: Path, build: Path | None, warehouse: str | None, *, detach: bool, over_tcp: bool) -> int:
    """Start the local cloud and deploy the project to it."""
    return up(State.open(folder), Options(build, over_tcp, warehouse), detach=detach)


def up(state: State, options: Options, *, detach: bool) -> int:
    """Start the cloud and return the exit code: once it is ready if detached, else after a signal stopped it.

    A cloud that runs already gets its functions back if they were deleted.
    """
    run = state.run()
    if run is not None:
        return _up_again(state, run, options)
    if detach:
        return _up_detached(state, options)
    supervisor(state, say, options).run(lambda: say(f"{_greeting(state)} Ctrl-C stops it."))
    return 0


def _up_again(state: State, run: Run, options: Options) -> int:
    chosen_warehouse(state, options)
    if options.over_tcp and not run.tcp:
        raise LocalCloudError(
            "The local cloud is running without TCP: run `python -m local down`, then `up --tcp` again."
        )
    missing = ask(run, "status")["missing_functions"]
    if missing and run.stage != LOCAL:
        raise LocalCloudError(
            f"Functions of the package's stack were deleted ({', '.join(missing)}):"
            " run `python -m local down`, then `up --from-package` again."
        )
    if missing:
        say(f"Functions were deleted ({', '.join(missing)}): deploying them again.")
        ask(run, "deploy", DEPLOY_SECONDS)
    say(f"The local cloud is already running at {run.endpoint}.")
    return 0


def _up_detached(state: State, options: Options) -> int:
    with _supervise(state, options.arguments()) as (process, lines):
        for line in lines:
            if line.rstrip("\n") == READY:
                process.returncode = 0  # it is left running on purpose, of which `Popen` would warn
                say(_greeting(state))
                return 0
            say(line.rstrip("\n"))
        # The pipe closed without `ready`: the supervisor has reported why, and ends.
        return process.wait() or 1


@contextmanager
def _supervise(state: State, options: list[str]) -> Iterator[tuple["subprocess.Popen[bytes]", IO[str]]]:
    """Start `supervise` and yield it with the lines that it reports; Ctrl-C meanwhile stops it."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "local", "--state", str(state.folder), "supervise", str(writing)]
    with write_errors(state.logs), (state.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            cwd=PROJECT,
            start_new_session=True,  # it outlives this terminal
        )
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as lines:
            yield process, lines
    except BaseException:
        process.terminate()
        process.wait(STOP_SECONDS)  # nothing is left running when the prompt is back
        raise


def _greeting(state: State) -> str:
    return f"The local cloud is ready at {state.running().endpoint}."
