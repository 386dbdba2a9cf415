"""`supervise`, a hidden command: the process that `up --detach` leaves running."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from local.cloud.options import WAREHOUSES, Options
from local.console import say
from local.errors import LocalCloudError
from local.state import PROJECT, State

if TYPE_CHECKING:
    from local.cloud.supervisor import Supervisor

READY: Final = "ready"
"""The line after which `up --detach` returns."""

from_package = click.option(
    "--from-package",
    "build",
    type=click.Path(path_type=Path, resolve_path=True),
    is_flag=False,
    flag_value=str(PROJECT / "build"),
    metavar="[FOLDER]",
    help="Run the package that `make package` built into FOLDER (default: build), in the stack that it describes.",
)
tcp = click.option(
    "--tcp",
    "over_tcp",
    is_flag=True,
    help="Let database tools connect to the warehouse over TCP, from this machine, with a password.",
)
warehouse = click.option(
    "--warehouse",
    type=click.Choice(WAREHOUSES),
    help="The warehouse of a new cloud: PostgreSQL, or a stand-in for Redshift.  [default: postgres]",
)


@click.command("supervise", hidden=True, epilog="Example: python -m local supervise 7")
@click.argument("descriptor", type=int)
@from_package
@tcp
@warehouse
@click.pass_obj
def command(
    folder: Path, descriptor: int, build: Path | None, warehouse: str | None, *, over_tcp: bool
) -> int:
    """Run the supervisor for `up --detach`, and write its progress to a pipe."""
    return supervise(State.open(folder), descriptor, Options(build, over_tcp, warehouse))


def supervise(state: State, descriptor: int, options: Options) -> int:
    """Run the supervisor for `up --detach`, which reads its progress, and `ready`, from the pipe."""
    pipe = os.fdopen(descriptor, "w", encoding="utf-8")

    def report(line: str) -> None:
        with suppress(ValueError, OSError):  # the starter has gone
            print(line, file=pipe, flush=True)
        with suppress(OSError):  # the log's disk is full: the user gets the line nevertheless
            say(line)

    def ready() -> None:
        report(READY)
        pipe.close()

    try:
        supervisor(state, report, options).run(ready)
    except LocalCloudError as exc:
        report(str(exc))
        return exc.status
    except KeyboardInterrupt:
        return 130
    except Exception:
        report(
            f"The local cloud stopped because of an error of its own; see {state.logs / 'supervisor.log'}."
        )
        raise
    return 0


def supervisor(state: State, report: Callable[[str], None], options: Options) -> "Supervisor":
    """Return a supervisor that is not started yet."""
    from local.cloud.supervisor import Supervisor  # noqa: PLC0415 - moto takes a second, which the other commands save

    return Supervisor(state, report, options)
