"""The page that is served for a state: one at a time, until Ctrl-C or the end of its cloud."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from local.errors import LocalCloudError
from local.state import State

END_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.05


@contextmanager
def announced(state: State, url: str) -> Iterator[None]:
    """Be the page of a state for one `with` block, and let others read its address; raise `LocalCloudError` if not."""
    descriptor = os.open(state.page, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        try:
            # The system frees the lock when the process ends, however it ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalCloudError(f"The page is open already, at {file.read()}") from None
        file.truncate(0)
        file.write(url)
        file.flush()
        yield
        file.truncate(0)


def wait_until_ended(state: State) -> None:
    """Wait until the page has ended, as it does by itself after its cloud; raise `LocalCloudError` if it does not."""
    deadline = time.monotonic() + END_SECONDS
    while _is_served(state):
        if time.monotonic() > deadline:
            raise LocalCloudError(
                "The local cloud is stopped, but its page is not: press Ctrl-C where it runs."
            )
        time.sleep(POLL_SECONDS)


def _is_served(state: State) -> bool:
    if not state.page.exists():
        return False
    with state.page.open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
