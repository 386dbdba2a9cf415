"""The commands that start and stop: up, down, status, env, reset."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from local.client import ask
from local.cloud import postgres
from local.environment import shell_lines
from local.errors import LocalCloudError, NotRunningError
from local.state import PROJECT, Run, State, is_alive

if TYPE_CHECKING:
    from local.cloud.supervisor import Supervisor

STOP_SECONDS = 60
POLL_SECONDS = 0.02
READY = "ready"
STOPPED = 3
"""The exit code of `status` when nothing runs."""


def running(state: State) -> Run:
    """Return the running supervisor, or raise `NotRunningError`."""
    run = state.run()
    if run is None:
        raise NotRunningError
    return run


def say(line: str) -> None:
    """Tell the user what goes on; results alone go to standard output."""
    print(line, file=sys.stderr, flush=True)


def up(state: State, *, detach: bool, build: Path | None = None) -> int:
    """Start the cloud and run it, here until a signal comes, or detached; of a package if its folder is given."""
    run = state.run()
    if run is not None:
        say(f"The local cloud is already running at {run.endpoint}.")
        return 0
    if detach:
        return _up_detached(state, build)
    _supervisor(state, say, build).run(lambda: say(f"{_greeting(state)} Ctrl-C stops it."))
    return 0


def _supervisor(state: State, report: Callable[[str], None], build: Path | None) -> "Supervisor":
    from local.cloud.supervisor import Supervisor  # noqa: PLC0415 - moto takes a second, which the other commands save

    return Supervisor(state, report, build)


def supervise(state: State, descriptor: int, build: Path | None) -> int:
    """Run the supervisor for `up --detach`, which reads its progress, and `ready`, from the pipe."""
    pipe = os.fdopen(descriptor, "w", encoding="utf-8")

    def report(line: str) -> None:
        say(line)
        with suppress(ValueError, OSError):  # the starter has gone
            print(line, file=pipe, flush=True)

    def ready() -> None:
        report(READY)
        pipe.close()

    try:
        _supervisor(state, report, build).run(ready)
    except LocalCloudError as exc:
        report(str(exc))
        return exc.status
    except KeyboardInterrupt:
        return 130
    except Exception:
        report(f"The local cloud broke off; see {state.logs / 'supervisor.log'}.")
        raise
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
    return f"The local cloud is ready at {running(state).endpoint}."


def down(state: State) -> int:
    """Stop the cloud and wait until nothing of it is left; one that is still starting, too."""
    supervisor = state.supervisor()
    if supervisor is None:
        _clean_up(state)
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


def _clean_up(state: State) -> None:
    """Remove what a supervisor that was killed may have left."""
    postgres.stop_leftover(state.warehouse)
    state.remove_run()


def status(state: State) -> int:
    """Print what runs and what waits; exit code 3 if nothing runs."""
    run = state.run()
    if run is None:
        print("The local cloud is not running.")
        return STOPPED
    found = ask(run.endpoint, "status")
    print(f"running    process {run.pid}, state in {state.folder}")
    print(f"endpoint   {run.endpoint}")
    print(f"warehouse  {run.warehouse}")
    print(f"functions  {', '.join(found['functions'])}")
    for name, depth in found["queues"].items():
        print(f"queue      {name}: {depth} messages")
    for name, count in found["objects"].items():
        print(f"bucket     {name}: {count} objects")
    waiting, given_up = found["pending_notifications"], found["given_up_notifications"]
    print(f"events     {waiting} on their way, {sum(given_up.values())} given up")
    return 0


def env(state: State) -> int:
    """Print exports for a shell's `eval`."""
    print("\n".join(shell_lines(running(state), postgres.BIN)))
    return 0


def reset(state: State) -> int:
    """Empty everything but the hash key; a running cloud runs on."""
    run = state.run()
    if run is not None:
        ask(run.endpoint, "reset")
        say("The local cloud is empty and runs on.")
        return 0
    if state.supervisor() is not None:
        raise LocalCloudError("The local cloud is starting or stopping: try again when it has.")
    _clean_up(state)
    for folder in (state.warehouse, state.saved, state.logs):
        _remove(folder)
    say("The local cloud is empty; it is not running.")
    return 0


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
