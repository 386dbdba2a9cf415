"""The functions in processes of their own, which can be killed or halted at every statement and every call.

Children are forked from a server that has read everything, so that each costs little; connections and clients
are a child's own.
"""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Self

import psutil

from tests.support.fault_points import Interruption, Kill, Points

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Event = dict[str, Any]
Function = Callable[[Event], Event]

PATIENCE = 120
"""Seconds that a process has for what it is asked to do."""

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.support.fault_injection", "tests.support.preloaded", "pytest"])


@dataclass
class Run:
    """What a process met, and what it said in the end."""

    points: list[str] = field(default_factory=list)
    """Names such as `sql: insert into stores` or `s3: PutObject`, in their order."""
    answers: list[Event] = field(default_factory=list)
    """One for each event that was handled."""
    error: str = ""
    """The traceback of what the function raised."""
    exitcode: int | None = None

    @property
    def was_killed(self) -> bool:
        """Tell whether it came to the point where it was to be killed."""
        return self.exitcode == -signal.SIGKILL

    @property
    def answer(self) -> Event:
        """The answer to the only event."""
        assert not self.error, self.error
        [answer] = self.answers
        return answer


class Process:
    """A function at work on some events, one after the other; killed in the end if it has not ended."""

    def __init__(
        self,
        function: Function,
        events: Sequence[Event],
        environment: Mapping[str, str],
        interruption: Interruption | None,
    ) -> None:
        self._receiver, sender = _processes.Pipe(duplex=False)
        arguments = sender, function, list(events), dict(environment), interruption
        self._process = _processes.Process(target=_work, args=arguments, daemon=True)
        self._process.start()
        sender.close()
        self._run = Run()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.exitcode is None:
            self._process.kill()
            self.finish()
        self._process.close()

    def _listen(self) -> None:
        """Keep what the process says until it is gone: a full pipe would hold it up."""
        while True:
            try:
                kind, told = self._receiver.recv()
            except EOFError:
                return
            if kind == "point":
                self._run.points.append(told)
            elif kind == "answer":
                self._run.answers.append(told)
            else:
                self._run.error = told

    def wait_until_halted(self) -> None:
        """Wait until it has come to the point where it halts; raise `AssertionError` if it ends before."""
        deadline = time.monotonic() + PATIENCE
        while psutil.Process(self._process.pid).status() != psutil.STATUS_STOPPED:
            assert self._process.exitcode is None, f"It ended before: {self._run}"
            assert time.monotonic() < deadline, f"It has not come there: {self._run}"
            time.sleep(0.005)

    def proceed(self) -> None:
        """Let it go on from where it halted."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGCONT)

    def finish(self) -> Run:
        """Wait for the end."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, f"It has not ended: {self._run}"
        self._listener.join()
        self._receiver.close()
        self._run.exitcode = self._process.exitcode
        return self._run


def start(
    function: Function,
    events: Sequence[Event],
    environment: Mapping[str, str],
    *,
    interruption: Interruption | None = None,
) -> Process:
    """Have a process of its own handle events, one after the other."""
    return Process(function, events, environment, interruption)


def run(function: Function, event: Event, environment: Mapping[str, str], *, kill: Kill | None = None) -> Run:
    """Have a process of its own handle an event; return what became of it, killed or not."""
    with start(function, [event], environment, interruption=kill) as process:
        return process.finish()


def batch(bodies: Sequence[str]) -> Event:
    """Return the event of a batch of messages; each message's id is its place."""
    return {"Records": [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]}


def _work(
    sender: "Connection[Any, Any]",
    function: Function,
    events: list[Event],
    environment: dict[str, str],
    interruption: Interruption | None,
) -> None:
    """Do what the process is for, and tell the parent at once whatever happens: there may be no later."""
    os.environ.update(environment)
    Points(lambda name: sender.send(("point", name)), interruption).watch()
    try:
        for event in events:
            sender.send(("answer", function(event)))
    except Exception:  # noqa: BLE001 - the parent is told
        sender.send(("error", traceback.format_exc()))
