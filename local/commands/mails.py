"""`mails`: show the mails that the functions have sent, which nobody gets from a local cloud."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from local.console import show
from local.control import ask
from local.state import State

RULE: Final = "-" * 72


@click.command("mails", epilog="Example: python -m local mails --store leeds")
@click.option(
    "--store",
    default="",
    show_default=False,
    metavar="NAME",
    help="Only the mails to this store.  [default: all mails]",
)
@click.pass_obj
def command(folder: Path, store: str) -> int:
    """Show the mails that would have been sent.

    They are those to head office and to the stores, each topic's oldest first. `reset` forgets them.
    """
    from chalicelib.normalisation import store_key  # noqa: PLC0415 - the command line starts sooner without it

    run = State.open(folder).running()
    mails = ask(run, "mails")["mails"]
    if store:
        mails = [mail for mail in mails if mail["attributes"].get("store") == store_key(store)]
    show(*[line for mail in mails for line in _lines(mail)] or ["No mail was sent."])
    return 0


def _lines(mail: dict[str, Any]) -> Iterator[str]:
    attributes = ", ".join(f"{name} {value}" for name, value in sorted(mail["attributes"].items()))
    yield RULE
    yield f"To: {mail['topic']}{f' ({attributes})' if attributes else ''}"
    yield f"Subject: {mail['subject']}"
    yield ""
    yield from mail["text"].splitlines()
