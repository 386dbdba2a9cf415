"""Ctrl-C and SIGTERM as an exception, so that a command can remove what it has made before it ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Somebody stopped the command. Not an `Exception`: boto3 would turn one that is raised inside it into its own."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code: Final = 128 + number
        """The exit code of a process that ends by this signal, as shells show it."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` in the block at the first Ctrl-C or SIGTERM.

    From then on SIGTERM does nothing, so that the block can clean up, and a second Ctrl-C is a `KeyboardInterrupt`.
    GitHub cancels a job by SIGINT, sends SIGTERM after 7.5 seconds, and kills it after 10.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped(number)

    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
