"""Options and arguments that several commands share."""

from collections.abc import Sequence
from pathlib import Path

import click

from infra.runtimes import ARCHITECTURES
from infra.vendoring import PROJECT
from infra.warehouses import check_warehouse


class NameAndValue(click.ParamType[tuple[str, str]]):
    """An argument such as `LogDays=30`, converted to a pair."""

    name = "NAME=VALUE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split the text at the first equals sign; the value may contain more of them."""
        name, equals, setting = value.partition("=")
        if not equals:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, setting


def check_parameters(
    _ctx: click.Context, _param: click.Parameter, pairs: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """Return the parameters of a stack by name; raise `InfraError` for a warehouse that CloudFormation would refuse."""
    parameters = dict(pairs)
    if url := parameters.get("Warehouse"):  # empty: the stack creates a warehouse
        check_warehouse(url, "Warehouse")
    return parameters


def example(line: str) -> str:
    r"""Return the end of a command's help page; `\b` keeps click from wrapping the line."""
    return f"\b\nExample:\n  {line}"


stage = click.option(
    "--stage", default="prod", show_default=True, help="The stage, as .chalice/config.json names it."
)
store = click.option("--store", required=True, metavar="NAME", help="The store, as its files name it.")
named_stage = click.option("--stage", required=True, help="The stage, as .chalice/config.json names it.")
architecture = click.option(
    "--architecture",
    type=click.Choice(list(ARCHITECTURES)),
    default="x86_64",
    show_default=True,
    help="The processor that the functions run on.",
)
build = click.option(
    "--build",
    type=click.Path(path_type=Path),
    default=PROJECT / "build",
    metavar="FOLDER",
    help="The folder of the package.  [default: build]",
)
role = click.option("--role", default="", help="The ARN of the role that CloudFormation works with.")
parameters = click.argument(
    "parameters", nargs=-1, type=NameAndValue(), metavar="[NAME=VALUE]...", callback=check_parameters
)


def say_changed(paths: Sequence[Path]) -> None:
    """Name the files that changed: they are in git."""
    for path in paths:
        click.echo(f"Written: {path.relative_to(PROJECT)}", err=True)
