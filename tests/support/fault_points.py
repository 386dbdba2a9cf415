"""Fault points: every SQL statement and every AWS call of a process, in all its threads.

A process can be killed or halted right before or right after one of them.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from signal import SIGKILL, SIGSTOP, Signals
from typing import Any

import botocore.client
import psycopg2
import psycopg2.extensions

WORDS = 4
"""The words of a statement that name its fault point, at most: `sql: insert into stores` has three."""


@dataclass(frozen=True)
class Interruption:
    """A signal that a process sends itself at a fault point: right before the call, or right after it."""

    point: int | str
    """The number of a fault point, from 1; or a name, which means the first fault point of that name."""
    after: bool = False
    signal: Signals = SIGKILL


class Kill(Interruption):
    """Ends the process at once: it can neither roll back nor clean up."""


@dataclass(frozen=True)
class Halt(Interruption):
    """Stops the process, with all its connections open, until `Process.proceed` continues it."""

    signal: Signals = SIGSTOP


class FaultPoints:
    """Counts the fault points of this process, and interrupts it at one of them.

    `report` is called with the name of each fault point, by one thread at a time.
    """

    def __init__(self, report: Callable[[str], None], interruption: Interruption | None) -> None:
        self._report = report
        self._interruption = interruption
        self._lock = threading.Lock()
        self._number = 0

    def watch(self) -> None:
        """Make a fault point of every statement and every call of this process, from now on."""
        self._watch_statements()
        self._watch_calls()

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Surround a call with a fault point. The interruption also comes after a call that failed."""
        interruption = self._interruption_at(name)
        if interruption and not interruption.after:
            os.kill(os.getpid(), interruption.signal)
        try:
            yield
        finally:
            if interruption and interruption.after:
                os.kill(os.getpid(), interruption.signal)

    def _interruption_at(self, name: str) -> Interruption | None:
        """Count and report a fault point; return the interruption if it is meant for this one."""
        with self._lock:
            self._number += 1
            self._report(name)
            interruption = self._interruption
            if interruption is None or interruption.point not in {self._number, name}:
                return None
            # A halted process goes on later, and must not halt again at a fault point of the same name.
            self._interruption = None
            return interruption

    def _watch_statements(self) -> None:
        # The project sends statements by these two methods only, see chalicelib/warehouse/connection.py.
        fault_points, connect = self, psycopg2.connect

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: Any, parameters: Any = None) -> None:
                with fault_points.at(_statement(query, self)):
                    super().execute(query, parameters)

            def copy_expert(self, query: Any, file: Any, size: int = 8192) -> None:
                with fault_points.at(_statement(query, self)):
                    super().copy_expert(query, file, size)

        def connected(**arguments: Any) -> psycopg2.extensions.connection:
            with fault_points.at("sql: connect"):
                connection: psycopg2.extensions.connection = connect(cursor_factory=Cursor, **arguments)
                return connection

        psycopg2.connect = connected  # type: ignore[assignment]

    def _watch_calls(self) -> None:
        base: Any = botocore.client.BaseClient
        call = base._make_api_call  # noqa: SLF001 - every call of every client passes through here

        def make_api_call(client: Any, operation: str, arguments: Any) -> Any:
            with self.at(f"{client.meta.service_model.service_name}: {operation}"):
                return call(client, operation, arguments)

        base._make_api_call = make_api_call  # noqa: SLF001


def _statement(query: Any, cursor: psycopg2.extensions.cursor) -> str:
    """Return the name of a statement's fault point: its first words, without comments and columns."""
    # "-- stores: …\ninsert into stores (store_id, …) select …" -> "sql: insert into stores"
    text = query if isinstance(query, str) else query.as_string(cursor)
    text = re.sub(r"--.*", "", text).partition("(")[0]
    return f"sql: {' '.join(text.split()[:WORDS])}"
