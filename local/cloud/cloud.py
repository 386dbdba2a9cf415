"""The cloud in one process: the endpoint, functions in workers, notifications and polled queues."""

import json
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException

from local.client import Clients
from local.cloud import dead_letters, moto_backends, moto_patches
from local.cloud.async_invocations import AsyncInvocations
from local.cloud.endpoint import Control, Endpoint, Service
from local.cloud.event_source import EventSources
from local.cloud.lambda_runtime import CodeOf, LambdaRuntime
from local.cloud.warm_worker import Answer, Code
from local.environment import worker_environment

RETRY_SECONDS = 1.0
DRAIN_SECONDS = 20.0


@dataclass(frozen=True)
class Settings:
    """The settings of one cloud: the code that runs, the folder of logs, the preferred port (0: any), retries."""

    code: CodeOf | Code
    logs: Path
    access_key: str
    port: int = 0
    retry_seconds: float = RETRY_SECONDS


class Cloud:
    """Everything but the warehouse. There is one per process, since moto's backends belong to the process."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        control: Control,
        services: Mapping[str, Service] | None = None,
    ) -> None:
        """Give all functions an environment. `control` and `services` answer what is not for moto, see `Endpoint`."""
        moto_backends.forget_everything()  # an earlier cloud's: tests have several in one process
        self._settings = settings
        self._log_lock = threading.Lock()
        self.endpoint = Endpoint(settings.port, control, settings.access_key, services)
        workers = {**worker_environment(self.endpoint.url, settings.access_key), **environment}
        self.runtime = LambdaRuntime(settings.code, workers, self._write_log)
        self.invocations = AsyncInvocations(self._invoke, dead_letters.leave, settings.retry_seconds)
        self._sources: EventSources | None = None
        clients = Clients(self.endpoint.url, settings.access_key)
        moto_patches.install(self.runtime.invoke, self.invocations.submit, clients.any)
        self.endpoint.start()

    def deliver(self) -> None:
        """Deliver notifications and messages to functions, from now on or again."""
        self.runtime.resume()
        self.invocations.start()
        self._sources = EventSources(self._invoke, self._settings.retry_seconds)
        self._sources.start()

    def pause(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Deliver nothing new and wait for running invocations; return False if some run longer than that."""
        self._stop_delivery()
        return self.runtime.drain(seconds)

    def stop(self) -> None:
        """End the workers, busy or not, and free the port."""
        self._stop_delivery()
        self.runtime.close()
        self.endpoint.stop()

    def empty(self) -> None:
        """Forget every object, message, notification and log line."""
        self.invocations.clear()
        with self.endpoint.s3_lock, self._log_lock:
            moto_backends.empty()
            for function in moto_backends.lambdas().list_functions():
                self._log_file(function.function_name).unlink(missing_ok=True)

    def status(self) -> dict[str, Any]:
        """Return the functions, and counts of messages, objects and notifications; `idle` if nothing waits or runs."""
        pending = len(self.invocations.pending())
        running = self.runtime.running()
        # In this order, a function that sends a message and ends in between is counted twice. In the other order it
        # would not be counted at all, and the cloud would look idle with a message in a queue.
        depths = {name: len(queue._messages) for name, queue in moto_backends.queues().items()}  # noqa: SLF001
        polled = {
            mapping.event_source_arn.split(":")[-1] for mapping in moto_backends.event_source_mappings()
        }
        busy = pending + running + sum(depths.get(name, 0) for name in polled)
        return {
            "functions": sorted(
                function.function_name for function in moto_backends.lambdas().list_functions()
            ),
            "queues": depths,
            "objects": {
                name: moto_backends.objects(bucket) for name, bucket in moto_backends.buckets().items()
            },
            "pending_notifications": pending,
            "given_up_notifications": self.invocations.given_up(),
            "idle": not busy,
        }

    def _stop_delivery(self) -> None:
        self.invocations.stop()
        if self._sources is not None:
            self._sources.stop()
        self.runtime.pause()

    def _invoke(self, function: str, event: Any) -> Answer:
        """Run a function. If it is gone or cannot start, that is a failure, so that its event is delivered again."""
        try:
            return self.runtime.invoke(moto_backends.function(function), event)
        except UnknownFunctionException as exc:  # deleted since the notification was set up
            return _failure("ResourceNotFound", exc)
        except Exception as exc:  # noqa: BLE001 - whatever it is, an event is not lost
            traceback.print_exc()
            return _failure(type(exc).__name__, exc)

    def _write_log(self, function: str, stream: str, line: str) -> None:
        with self._log_lock, self._log_file(function).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            moto_backends.write_log(function, stream, line)

    def _log_file(self, function: str) -> Path:
        return self._settings.logs / f"{function}.log"


def _failure(kind: str, error: Exception) -> Answer:
    return Answer(json.dumps({"errorMessage": str(error), "errorType": kind}), failed=True)
