"""Runs functions in warm workers, a bounded number of each at once, as Lambda does with its environments."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from local.cloud.warm_worker import Answer, Code, Function, LogLine, WarmWorker

CONCURRENCY = 2
"""Workers of one function. A laptop has few cores; Lambda would start up to a thousand."""

CLOSE_SECONDS = 5

CodeOf = Callable[[Function], Code]
"""Returns the code of a function, which a release may change."""

STOPPING = Answer(
    json.dumps({"errorMessage": "The local cloud is stopping.", "errorType": "Stopping"}), failed=True
)


class LambdaRuntime:
    """The workers of all functions. Safe to use from many threads."""

    def __init__(self, code: CodeOf | Code, environment: Mapping[str, str], log: LogLine) -> None:
        self._code_of = code if callable(code) else lambda _function: code
        self._environment = dict(environment)
        self._log = log
        self._changed = threading.Condition()
        self._idle: dict[str, list[WarmWorker]] = defaultdict(list)
        self._busy: dict[str, list[WarmWorker]] = defaultdict(list)
        self._accepting = True
        self._is_closed = False

    def invoke(self, function: Function, event: Any) -> Answer:
        """Run a function once, waiting for a worker while all of them are busy."""
        worker = self._take(function)
        if worker is None:
            return STOPPING
        try:
            return worker.invoke(event)
        finally:
            self._give_back(worker)

    def running(self) -> int:
        """Return the number of running invocations."""
        with self._changed:
            return sum(map(len, self._busy.values()))

    def pause(self) -> None:
        """Refuse new invocations; running ones go on."""
        with self._changed:
            self._accepting = False
            self._changed.notify_all()

    def resume(self) -> None:
        """Accept invocations again."""
        with self._changed:
            self._accepting = True

    def drain(self, seconds: float) -> bool:
        """Wait for running invocations to end; return False if some still run after this time."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self.running():
                if not self._changed.wait(max(0, deadline - time.monotonic())):
                    return False
        return True

    def close(self) -> None:
        """End every worker, busy or not; a running invocation gets the answer of a crashed function."""
        # Busy workers are killed, not closed: the thread that waits for the answer still reads their pipes, and closes
        # them itself in `_give_back`.
        with self._changed:
            self._accepting = False
            self._is_closed = True
            idle = [worker for workers in self._idle.values() for worker in workers]
            self._idle.clear()
            for workers in self._busy.values():
                for worker in workers:
                    worker.kill()
            self._changed.notify_all()
        for worker in idle:
            worker.close()
        self.drain(CLOSE_SECONDS)

    def _take(self, function: Function) -> WarmWorker | None:
        with self._changed:
            while self._accepting and self._is_full(function.name):
                self._changed.wait()
            if not self._accepting:
                return None
            worker = self._pop_idle(function) or self._start(function)
            self._busy[function.name].append(worker)
            return worker

    def _start(self, function: Function) -> WarmWorker:
        return WarmWorker(function, self._code_of(function), self._environment, self._log)

    def _is_full(self, name: str) -> bool:
        return len(self._busy[name]) >= CONCURRENCY

    def _pop_idle(self, function: Function) -> WarmWorker | None:
        """Return an idle worker with exactly these settings; end those of older settings, and crashed ones."""
        idle = self._idle[function.name]
        while idle:
            worker = idle.pop()
            if worker.function == function and worker.is_alive():
                return worker
            worker.close()
        return None

    def _give_back(self, worker: WarmWorker) -> None:
        with self._changed:
            self._busy[worker.function.name].remove(worker)
            if worker.is_alive() and not self._is_closed:
                self._idle[worker.function.name].append(worker)
            else:
                worker.close()
            self._changed.notify_all()
