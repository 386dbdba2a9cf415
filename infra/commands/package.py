"""`python -m infra package`, which `make package` runs."""

from pathlib import Path

import click

from infra import packaging
from infra.commands import options
from infra.runtimes import THIS_PYTHON, runtime
from infra.vendoring import PROJECT


@click.command(epilog=options.example("python -m infra package --stage prod --architecture arm64"))
@options.stage
@options.architecture
@options.build
def command(stage: str, architecture: str, build: Path) -> None:
    """Build the package of a stack: sam.yaml and deployment.zip."""
    size = packaging.package(PROJECT, stage, runtime(architecture=architecture), build)
    click.echo(
        f"{build / packaging.ZIP}: {size / 2**20:.1f} MiB, for Python {THIS_PYTHON} on {architecture}",
        err=True,
    )
