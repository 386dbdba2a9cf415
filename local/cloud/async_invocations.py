"""Asynchronous invocations, such as S3 notifications: queued, retried twice, then sent to the failure destination."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote_plus

from local.cloud.lambda_runtime import CONCURRENCY, STOPPING
from local.cloud.warm_worker import Answer

ATTEMPTS = 3


@dataclass(frozen=True)
class Invocation:
    """An event on its way to a function."""

    function: str
    event: Any
    attempt: int = 1

    @property
    def name(self) -> str:
        """The function's name; S3 and clients may name it by its ARN, which ends in `:function:NAME`."""
        return self.function.split(":")[-1]

    @property
    def subject(self) -> str:
        """The function and the object versions that the event names, as one text; of another event, all of it.

        S3 and the sweep send different events about the same version: only key and version agree, and of the key only
        after unquoting.
        """
        try:
            objects = [record["s3"]["object"] for record in self.event["Records"]]
            about = [[unquote_plus(entry["key"]), entry.get("versionId")] for entry in objects]
        except (KeyError, TypeError):
            about = self.event
        return json.dumps([self.name, about], sort_keys=True)


class AsyncInvocations:
    """The queue of asynchronous invocations.

    `invoke` runs an invocation; `give_up` gets one that failed for the last time, and the answer to that attempt.
    """

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
        self._given_up: dict[str, str] = {}
        self._is_stopped = True

    def submit(self, function: str, event: Any) -> None:
        """Queue an event; it is run when the queue has been started."""
        # A copy, as JSON over the network would be: the caller may still change the original.
        self._add(str(uuid.uuid4()), Invocation(function, json.loads(json.dumps(event))))

    def start(self) -> None:
        """Run queued invocations, and from now on new ones as they come."""
        with self._lock:
            self._is_stopped = False
            waiting = list(self._pending)
        for key in waiting:
            self._schedule(key)

    def stop(self) -> None:
        """Start no further invocation; queued ones stay queued."""
        with self._lock:
            self._is_stopped = True
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()
            executors = list(self._executors.values())
            self._executors.clear()
        for executor in executors:
            executor.shutdown(wait=False, cancel_futures=True)

    def clear(self) -> None:
        """Forget queued invocations, and those that were given up."""
        with self._lock:
            self._pending.clear()
            self._given_up.clear()

    def pending(self) -> list[dict[str, Any]]:
        """Return the invocations that are queued, running or waiting for a retry, for `restore`."""
        with self._lock:
            return [asdict(invocation) for invocation in self._pending.values()]

    def restore(self, pending: list[dict[str, Any]]) -> None:
        """Queue the invocations that `pending` returned, perhaps in another process."""
        for invocation in pending:
            self._add(str(uuid.uuid4()), Invocation(**invocation))

    def given_up(self) -> dict[str, int]:
        """Return how many events failed for the last time and were not handled since, by function.

        A later event about the same object, such as the sweep's, closes the case when it succeeds.
        """
        with self._lock:
            return dict(Counter(self._given_up.values()))

    def _add(self, key: str, invocation: Invocation) -> None:
        with self._lock:
            self._pending[key] = invocation
            is_stopped = self._is_stopped
        if not is_stopped:
            self._schedule(key)

    def _schedule(self, key: str) -> None:
        with self._lock:
            self._timers.pop(key, None)
            invocation = self._pending.get(key)
            if self._is_stopped or invocation is None:
                return
            executor = self._executors.get(invocation.function)
            if executor is None:
                executor = self._executors[invocation.function] = ThreadPoolExecutor(CONCURRENCY)
            executor.submit(self._attempt, key, invocation)

    def _attempt(self, key: str, invocation: Invocation) -> None:
        answer = self._invoke(invocation.function, invocation.event)
        with self._lock:
            # Stopping is no failure of the function: the event stays pending, and is saved for the next start.
            if answer is STOPPING or key not in self._pending:
                return
            if not answer.failed:
                del self._pending[key]
                self._given_up.pop(invocation.subject, None)
            elif invocation.attempt == ATTEMPTS:
                del self._pending[key]
                self._given_up[invocation.subject] = invocation.name
                self._give_up(invocation, answer)
            else:
                self._retry_later(key, invocation)

    def _retry_later(self, key: str, invocation: Invocation) -> None:
        self._pending[key] = Invocation(invocation.function, invocation.event, invocation.attempt + 1)
        if self._is_stopped:
            return
        # Lambda waits one minute, then two; a laptop's user waits one second, then two.
        timer = threading.Timer(self._retry_seconds * invocation.attempt, self._schedule, (key,))
        timer.daemon = True
        self._timers[key] = timer
        timer.start()
