"""Ports of loopback: listen on a port, find a free one, and keep a port in a state's file."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from typing import Final

HOST: Final = "127.0.0.1"
"""Loopback only: nothing of a local cloud can be reached from another machine."""

HIGHEST: Final = 65535


def listener(port: int) -> socket:
    """Return a socket that listens on a port of loopback, on any free one for 0; raise `OSError` if it is taken."""
    bound = socket()
    try:
        # As servers do: a port whose last connections are still closing counts as free.
        bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound


def listener_near(port: int) -> socket:
    """Return a socket that listens on a port of loopback, or on any free one if that is taken."""
    try:
        return listener(port)
    except OSError:
        return listener(0)


def free_port(preferred: int) -> int:
    """Return the preferred port if it is free, or any free one. Another program may still take it afterwards."""
    with closing(listener_near(preferred)) as bound:
        port: int = bound.getsockname()[1]
        return port


def keep(path: Path, port: int, report: Callable[[str], None], consequence: str) -> None:
    """Write a port to the file that keeps it; if another one was kept, say so, and the consequence."""
    former = kept_port(path)
    if former not in {0, port}:
        report(f"Port {former} is taken by another program, so this is port {port} now: {consequence}")
    path.write_text(str(port), encoding="ascii")


def kept_port(path: Path) -> int:
    """Return the port that a file keeps; 0, which means any, if there is none."""
    text = path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""
    return int(text) if text.isdecimal() and int(text) <= HIGHEST else 0
