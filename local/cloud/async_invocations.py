"""Asynchronous invocations, as S3 notifications are: queued, retried twice, then sent where failures go."""

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from local.cloud.lambda_runtime import CONCURRENCY, STOPPING
from local.cloud.warm_worker import Answer

ATTEMPTS = 3


@dataclass(frozen=True)
class Invocation:
    """An event on its way to a function."""

    function: str
    event: Any
    attempt: int = 1


class AsyncInvocations:
    """The queue of asynchronous invocations. `invoke` runs one, `give_up` takes one that failed and the last answer."""

    def __init__(
        self,
        invoke: Callable[[str, Any], Answer],
        give_up: Callable[[Invocation, Answer], None],
        retry_seconds: float,
    ) -> None:
        self._invoke = invoke
        self._give_up = give_up
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._pending: dict[str, Invocation] = {}
        self._executors: dict[str, ThreadPoolExecutor] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._given_up: dict[str, int] = defaultdict(int)
        self._stopped = True

    def submit(self, function: str, event: Any) -> None:
        """Queue an event; it is run when the queue has been started."""
        self._add(str(uuid.uuid4()), Invocation(function, json.loads(json.dumps(event))))

    def start(self) -> None:
        """Run what is queued, and from now on whatever comes."""
        with self._lock:
            self._stopped = False
            waiting = list(self._pending)
        for key in waiting:
            self._schedule(key)

    def stop(self) -> None:
        """Run nothing new. What is queued stays queued."""
        with self._lock:
            self._stopped = True
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()
            executors = list(self._executors.values())
            self._executors.clear()
        for executor in executors:
            executor.shutdown(wait=False, cancel_futures=True)

    def clear(self) -> None:
        """Forget what is queued and what was given up."""
        with self._lock:
            self._pending.clear()
            self._given_up.clear()

    def pending(self) -> list[dict[str, Any]]:
        """Return what is queued, running or waiting for a retry, for `restore`."""
        with self._lock:
            return [asdict(invocation) for invocation in self._pending.values()]

    def restore(self, pending: list[dict[str, Any]]) -> None:
        """Queue what `pending` returned, perhaps in another process."""
        for invocation in pending:
            self._add(str(uuid.uuid4()), Invocation(**invocation))

    def given_up(self) -> dict[str, int]:
        """Return how many events were given up after the last attempt, by function."""
        with self._lock:
            return dict(self._given_up)

    def _add(self, key: str, invocation: Invocation) -> None:
        with self._lock:
            self._pending[key] = invocation
            stopped = self._stopped
        if not stopped:
            self._schedule(key)

    def _schedule(self, key: str) -> None:
        with self._lock:
            self._timers.pop(key, None)
            invocation = self._pending.get(key)
            if self._stopped or invocation is None:
                return
            executor = self._executors.get(invocation.function)
            if executor is None:
                executor = self._executors[invocation.function] = ThreadPoolExecutor(CONCURRENCY)
            executor.submit(self._attempt, key, invocation)

    def _attempt(self, key: str, invocation: Invocation) -> None:
        answer = self._invoke(invocation.function, invocation.event)
        with self._lock:
            if answer is STOPPING or key not in self._pending:
                return
            if not answer.failed:
                del self._pending[key]
            elif invocation.attempt == ATTEMPTS:
                del self._pending[key]
                self._given_up[invocation.function.split(":")[-1]] += 1
                self._give_up(invocation, answer)
            else:
                self._retry_later(key, invocation)

    def _retry_later(self, key: str, invocation: Invocation) -> None:
        self._pending[key] = Invocation(invocation.function, invocation.event, invocation.attempt + 1)
        if self._stopped:
            return
        timer = threading.Timer(self._retry_seconds * invocation.attempt, self._schedule, (key,))
        timer.daemon = True
        self._timers[key] = timer
        timer.start()
