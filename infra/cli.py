"""The command line `python -m infra COMMAND`: each command is a module of `infra/commands`."""

from importlib import import_module
from typing import Any, Final

import click

from infra.errors import InfraError

COMMANDS: Final = (
    "costs",
    "vendor",
    "package",
    "release",
    "packages",
    "change-set",
    "deploy",
    "configure",
    "subscribe",
    "upload-link",
    "upload-policy",
    "query",
    "probe",
    "smoke",
    "destroy",
    "import-data",
)
"""In the order in which somebody who sets up an account needs them."""


class Commands(click.Group):
    """A group that imports a command only when it is called.

    `make venv` runs `vendor` before anything else, so that command must not need boto3, psycopg2 or chalicelib.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names of all commands, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - see above
        """Import a command; return None for a name that is not in `COMMANDS`."""
        if cmd_name not in COMMANDS:
            return None
        # "change-set" -> infra/commands/change_set.py
        module = import_module(f"infra.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end with exit code 1 and the sentence of an `InfraError`, without a traceback."""
        try:
            return super().invoke(ctx)
        except InfraError as exc:
            click.echo(str(exc), err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Package Cafe ETL, deploy it to AWS, test a stage, and delete one.

    docs/deploy.md explains when to use which command.
    """
