"""`page`: serve a page on what the local cloud contains, which also checks and uploads files."""

import threading
import time
from pathlib import Path
from typing import Final

import click

from chalicelib.settings import rules
from local.console import say, show
from local.page import running
from local.state import Run, State

POLL_SECONDS: Final = 0.1


@click.command("page", epilog="Example: python -m local page")
@click.pass_obj
def command(folder: Path) -> int:
    """Serve a page that shows all files, and takes new ones.

    Prints its address, for a browser on this machine. It ends with Ctrl-C or `down`.
    """
    state = State.open(folder)
    return page(state, state.running())


def page(state: State, run: Run) -> int:
    """Serve the page until Ctrl-C comes or the cloud ends; print its address as soon as it answers."""
    from local.page.server import Server  # noqa: PLC0415 - pandas takes time, which the help saves

    with Server(state, rules()) as server, running.announced(state, server.url):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            show(server.url)
            say(
                "Open this address in a browser on this machine. Ctrl-C or `python -m local down` ends the page."
            )
            while state.run() == run:
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            say("The page is closed.")
            return 0
        finally:
            server.shutdown()
    say("The local cloud has stopped, and its page with it.")
    return 0
