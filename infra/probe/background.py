"""Statements that are sent in a thread of their own, because they may have to wait for another session."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Final

from infra.probe.sessions import Session

Rows = list[tuple[Any, ...]]

PATIENCE_SECONDS: Final = 2.0
"""A statement that is not through by then is waiting. It has run before in another session, so nothing is compiled."""

ANSWER_SECONDS: Final = 60.0
"""The longest time after which a session that no longer has to wait must have its answer."""


@contextmanager
def in_background(
    session: Session, *statements: str, holder: Session | None = None
) -> Iterator["Future[Rows]"]:
    """Send statements one by one in a thread, and yield the rows of the last as a future.

    At the end, the holder of the lock that they wait for is closed, and what still runs is cancelled.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(_send, session, statements)
        try:
            yield future
        finally:
            if holder is not None:
                holder.close()
            if not future.done():
                session.cancel()


def is_waiting(future: "Future[Rows]") -> bool:
    """Tell whether statements are still not through after a moment."""
    wait([future], PATIENCE_SECONDS)
    return not future.done()


def _send(session: Session, statements: tuple[str, ...]) -> Rows:
    rows: Rows = []
    for statement in statements:
        rows = session.execute(statement)
    return rows
