"""`python -m infra vendor`, which `make venv` and `make vendor` run."""

import click

from infra import vendoring
from infra.commands import options
from infra.runtimes import THIS_PYTHON, runtime


@click.command(epilog=options.example("python -m infra vendor --architecture arm64"))
@options.architecture
@click.option(
    "--python", default=THIS_PYTHON, show_default=True, help="The version of Python that the functions run."
)
def command(architecture: str, python: str) -> None:
    """Unpack psycopg2 and Amazon's certificates into vendor/."""
    vendoring.fill(vendoring.PROJECT / "vendor", runtime(python, architecture))
