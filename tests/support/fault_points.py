"""The points of a process: every statement that it sends and every AWS call that it makes, in all its threads.

At one of them it can be killed or halted.
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
"""Of a statement, in the name of its point."""


@dataclass(frozen=True)
class Interruption:
    """A signal that a process sends itself at a point: right before the call, or right after it."""

    point: int | str
    """The number of a point, from 1, or the name of one, of which the first is meant."""
    after: bool = False
    signal: Signals = SIGKILL


class Kill(Interruption):
    """The end, without a word."""


@dataclass(frozen=True)
class Halt(Interruption):
    """A stop, with all connections open, until somebody continues the process."""

    signal: Signals = SIGSTOP


class Points:
    """The points that this process meets. `tell` is called with each one's name, by one thread at a time."""

    def __init__(self, tell: Callable[[str], None], interruption: Interruption | None) -> None:
        self._tell = tell
        self._interruption = interruption
        self._lock = threading.Lock()
        self._number = 0

    def watch(self) -> None:
        """Meet a point at every statement and every call of this process, from now on."""
        self._watch_statements()
        self._watch_calls()

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Meet a point; the call, which may fail, is made inside."""
        due = self._met(name)
        if due and not due.after:
            os.kill(os.getpid(), due.signal)
        try:
            yield
        finally:
            if due and due.after:
                os.kill(os.getpid(), due.signal)

    def _met(self, name: str) -> Interruption | None:
        """Count and tell a point; return the interruption if it is due there, which it is once."""
        with self._lock:
            self._number += 1
            self._tell(name)
            due = self._interruption
            if due is None or due.point not in {self._number, name}:
                return None
            self._interruption = None
            return due

    def _watch_statements(self) -> None:
        points, connect = self, psycopg2.connect

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: Any, parameters: Any = None) -> None:
                with points.at(_statement(query, self)):
                    super().execute(query, parameters)

            def copy_expert(self, query: Any, file: Any, size: int = 8192) -> None:
                with points.at(_statement(query, self)):
                    super().copy_expert(query, file, size)

        def connected(**arguments: Any) -> psycopg2.extensions.connection:
            with points.at("sql: connect"):
                connection: psycopg2.extensions.connection = connect(cursor_factory=Cursor, **arguments)
                return connection

        psycopg2.connect = connected  # type: ignore[assignment]

    def _watch_calls(self) -> None:
        base: Any = botocore.client.BaseClient
        call = base._make_api_call  # noqa: SLF001 - all calls of all clients pass here

        def make_api_call(client: Any, operation: str, arguments: Any) -> Any:
            with self.at(f"{client.meta.service_model.service_name}: {operation}"):
                return call(client, operation, arguments)

        base._make_api_call = make_api_call  # noqa: SLF001


def _statement(query: Any, cursor: psycopg2.extensions.cursor) -> str:
    """Return how a statement begins, comments and columns left out."""
    text = query if isinstance(query, str) else query.as_string(cursor)
    text = re.sub(r"--.*", "", text).partition("(")[0]
    return f"sql: {' '.join(text.split()[:WORDS])}"
