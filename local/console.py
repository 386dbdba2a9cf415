"""Output of the command line: results go to standard output, everything else to standard error."""

import click

from chalicelib.people.escapes import visible


def say(text: str) -> None:
    """Print lines of progress, or of what went wrong, on standard error at once.

    They may quote keys and names that anybody wrote: what does not print is escaped.
    """
    click.echo("\n".join(map(visible, text.split("\n"))), err=True)


def show(*lines: str) -> None:
    """Print lines of a result on standard output, likewise escaped."""
    click.echo("\n".join(map(visible, lines)))
