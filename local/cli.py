"""The command line: `python -m local COMMAND`. Each command is a module of `local/commands`."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click
import psycopg2
from botocore.exceptions import BotoCoreError, ClientError
from click import format_filename

from chalicelib.errors import SettingsError
from local.console import say
from local.errors import LocalCloudError
from local.state import PROJECT

PROGRAM: Final = "python -m local"
COMMANDS: Final = (
    "up",
    "down",
    "status",
    "env",
    "put",
    "query",
    "report",
    "page",
    "check",
    "replay",
    "withdraw",
    "erase",
    "discard",
    "generate",
    "reset",
    "sweep",
    "summarise",
    "mails",
    "demo",
    "supervise",
)
"""In the order in which `--help` lists them."""

EXPLAINED: Final = (LocalCloudError, SettingsError, BotoCoreError, ClientError, psycopg2.Error, OSError)
"""The errors that the user sees as one sentence. Any other error is a bug, and shows a traceback."""


class Commands(click.Group):
    """A group that imports a command only when it is called: all of them together take half a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names of all commands, in the order of `COMMANDS` and not alphabetically."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - see above
        """Import a command; return None for a name that is not in `COMMANDS`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"local.commands.{cmd_name}").command
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.option(
    "--state",
    type=Path,
    default=PROJECT / ".local",
    envvar="CAFE_LOCAL_STATE",
    show_default=False,
    metavar="FOLDER",
    help="Where the local cloud keeps its data.  [CAFE_LOCAL_STATE; default: .local]",
)
@click.pass_context
def commands(context: click.Context, state: Path) -> None:
    """Run the whole cloud on this machine, without an AWS account or Docker."""
    context.obj = state


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    try:
        # Not `commands.main`, which would answer Ctrl-C and a closed pipe with exit code 1.
        with commands.make_context(PROGRAM, arguments) as context:
            status = commands.invoke(context) or 0
        sys.stdout.flush()
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 141
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except EXPLAINED as exc:
        say(_sentence(exc))
        return _status(exc)
    return status


def _drop_output() -> None:
    """Discard the buffered output, or the interpreter complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(exc: Exception) -> str:
    if isinstance(exc, LocalCloudError | SettingsError):
        return str(exc)
    if isinstance(exc, OSError):
        place = f" {format_filename(exc.filename)}" if exc.filename else ""  # a full disk names no file
        return f"Could not read or write{place}: {exc.strerror or exc}."
    return f"The local cloud could not do this: {exc}"


def _status(exc: Exception) -> int:
    if isinstance(exc, LocalCloudError):
        return exc.status
    return 2 if isinstance(exc, SettingsError) else 1
