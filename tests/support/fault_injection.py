"""Fault injection: functions run in processes of their own, which are killed or halted at a chosen fault point.

Processes are forked from a server that has imported everything already, so that each starts in milliseconds.
Connections and clients are made after the fork, so no two processes share one.
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

from tests.support.fault_points import FaultPoints, Interruption, Kill

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Event = dict[str, Any]
Function = Callable[[Event], Event]

PATIENCE = 120
"""Seconds that a process may take before the test fails."""

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.support.fault_injection", "tests.support.preloaded", "pytest"])


@dataclass
class Run:
    """The record of a process: the fault points that it passed, its answers, and how it ended."""

    fault_points: list[str] = field(default_factory=list)
    """Names such as `sql: insert into stores` or `s3: PutObject`, in their order."""
    answers: list[Event] = field(default_factory=list)
    """One for each event that was handled."""
    error: str = ""
    """The traceback of the exception that ended the function, if one did."""
    exitcode: int | None = None

    @property
    def was_killed(self) -> bool:
        """Tell whether the process reached the fault point at which it was to be killed."""
        return self.exitcode == -signal.SIGKILL

    @property
    def answer(self) -> Event:
        """The answer to the only event."""
        assert not self.error, self.error
        [answer] = self.answers
        return answer


class Process:
    """A function that handles events one after the other. Leaving the `with` block kills it if it still runs."""

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
        # Only the child keeps the sending end open, so that its death is the end of the file.
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
        """Record the messages of the process until it ends. A full pipe would block it."""
        # ("point", "s3: PutObject"), ("point", "sqs: SendMessage"), ("answer", {"requested": 1}), end of file
        while True:
            try:
                kind, content = self._receiver.recv()
            except EOFError:
                return
            if kind == "point":
                self._run.fault_points.append(content)
            elif kind == "answer":
                self._run.answers.append(content)
            else:
                self._run.error = content

    def wait_until_halted(self) -> None:
        """Wait until the process halts at its fault point; raise `AssertionError` if it ends before."""
        # A halted process cannot report that it has halted; the operating system can.
        deadline = time.monotonic() + PATIENCE
        while psutil.Process(self._process.pid).status() != psutil.STATUS_STOPPED:
            assert self._process.exitcode is None, f"The process ended before it halted: {self._run}"
            assert time.monotonic() < deadline, f"The process has not halted: {self._run}"
            time.sleep(0.005)

    def proceed(self) -> None:
        """Let a halted process go on."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGCONT)

    def finish(self) -> Run:
        """Wait until the process has ended, and return its record."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, f"The process has not ended: {self._run}"
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
    """Start a process that handles events, one after the other."""
    return Process(function, events, environment, interruption)


def run(function: Function, event: Event, environment: Mapping[str, str], *, kill: Kill | None = None) -> Run:
    """Let a process handle one event, and return its record, whether it was killed or not."""
    with start(function, [event], environment, interruption=kill) as process:
        return process.finish()


def batch(bodies: Sequence[str]) -> Event:
    """Return the SQS event of a batch of messages. A message's id is its position, from "0"."""
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def _work(
    sender: "Connection[Any, Any]",
    function: Function,
    events: list[Event],
    environment: dict[str, str],
    interruption: Interruption | None,
) -> None:
    """Handle the events in the new process. Each step is reported at once: the process may be killed at the next."""
    # Before the first client and the first connection: both are made from the environment.
    os.environ.update(environment)
    FaultPoints(lambda name: sender.send(("point", name)), interruption).watch()
    try:
        for event in events:
            sender.send(("answer", function(event)))
    except Exception:  # noqa: BLE001 - the parent is told
        sender.send(("error", traceback.format_exc()))
