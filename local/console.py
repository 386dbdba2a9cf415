"""How the command line talks to the user: results go to standard output, all else to standard error."""

import click


def say(line: str) -> None:
    """Print a line of progress, or of what went wrong, on standard error at once."""
    click.echo(line, err=True)
