"""Output of the command line: results go to standard output, everything else to standard error."""

import click


def say(line: str) -> None:
    """Print a line of progress, or of what went wrong, on standard error at once."""
    click.echo(line, err=True)
