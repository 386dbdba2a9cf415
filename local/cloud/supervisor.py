"""The process of a running local cloud: starts everything, waits to be told to stop, stops it in order."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from infra import deploying
from infra.errors import InfraError
from local import warehouse
from local.client import Clients, invoke
from local.cloud import deploy, package, postgres, resources, snapshot, stack
from local.cloud.cloud import RETRY_SECONDS, Cloud, Settings
from local.cloud.warm_worker import Code
from local.errors import LocalCloudError
from local.state import PROJECT, State

Report = Callable[[str], None]
RESET_SECONDS = 30.0


class Supervisor:
    """A local cloud on one state folder."""

    def __init__(self, state: State, report: Report, build: Path | None = None) -> None:
        """Run the project's functions, or those of a package that was built into a folder."""
        self._state = state
        self._build = build
        self._report = report
        self._stop = threading.Event()
        self._is_ready = False
        self._reset_lock = threading.Lock()
        self._names = resources.names(self._stage)
        self._cloud: Cloud
        self._guardian: postgres.Guardian

    @property
    def _stage(self) -> str:
        return stack.STAGE if self._build else resources.STAGE

    def run(self, ready: Callable[[], None]) -> None:
        """Run until told to stop; call `ready` once everything works. Raises `LocalCloudError`."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with ExitStack() as stack:
            self._lock(stack)
            self._start(stack)
            self._is_ready = True
            self._state.write_run(self._cloud.endpoint.url, self._guardian.url, self._stage)
            stack.callback(self._state.remove_run)
            stack.callback(self._save)
            ready()
            self._deliver_until_stopped()

    def _lock(self, stack: ExitStack) -> None:
        try:
            stack.enter_context(self._state.locked())
        except BlockingIOError:
            raise LocalCloudError(f"A local cloud is starting or stopping in {self._state.folder}.") from None

    def _start(self, stack: ExitStack) -> None:
        state = self._state
        self._report("Starting PostgreSQL, the warehouse.")
        self._guardian = postgres.Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
        stack.callback(self._guardian.stop)
        self._start_cloud(stack)
        try:
            self._deploy()
        except InfraError as exc:
            raise LocalCloudError(str(exc)) from exc
        self._cloud.invocations.restore(snapshot.load(state.saved))
        if not self._guardian.wait_until_ready():
            raise LocalCloudError(f"PostgreSQL could not start: see {state.logs / 'postgres.log'}.")
        self._create_database()

    def _start_cloud(self, stack: ExitStack) -> None:
        state = self._state
        port = int(state.port.read_text(encoding="ascii")) if state.port.exists() else 0
        retry_seconds = float(os.environ.get("CAFE_LOCAL_RETRY_SECONDS", RETRY_SECONDS))
        code = package.code(self._build, state.package) if self._build else Code(PROJECT)
        settings = Settings(code, state.logs, port, retry_seconds)
        self._cloud = Cloud(settings, {"WAREHOUSE": self._guardian.url}, self._control)
        stack.callback(self._cloud.stop)
        state.port.write_text(str(self._cloud.endpoint.port), encoding="ascii")

    def _deploy(self) -> None:
        clients = Clients(self._cloud.endpoint.url)
        resources.create_hash_key(self._names.hash_key_secret, clients, self._state.hash_key())
        if self._build:
            self._report(f"Making the stack of {self._build / 'sam.yaml'}.")
            stack.create(self._build, clients, self._guardian.url)
            return
        self._report("Deploying with `chalice deploy --stage local`.")
        needed = resources.needed(self._guardian.url)
        deploying.before(needed, clients.any)
        deploy.deploy(PROJECT, self._cloud.endpoint.url, self._state.logs / "deploy.log", self._report)
        deploying.after(PROJECT, needed, self._names, clients.any)

    def _create_database(self) -> None:
        invoke(self._cloud.endpoint.url, self._names.function("create_database"), {})

    def _deliver_until_stopped(self) -> None:
        """Deliver until a signal comes or PostgreSQL ends."""
        self._cloud.deliver()
        while not self._stop.wait(0.5):
            if not self._guardian.is_alive():
                raise LocalCloudError(f"PostgreSQL ended: see {self._state.logs / 'postgres.log'}.")

    def _save(self) -> None:
        if not self._cloud.pause():
            self._report("A function was still running and has been stopped; its event comes again.")
        self._cloud.runtime.close()
        with self._cloud.endpoint.s3_lock:
            snapshot.save(self._state.saved, self._cloud.invocations.pending())

    def _control(self, request: str) -> dict[str, Any]:
        answers = {"status": self._cloud.status, "reset": self._reset}
        return answers[request]()

    def _reset(self) -> dict[str, Any]:
        """Empty everything and run on."""
        with self._reset_lock:
            try:
                if not self._cloud.pause(RESET_SECONDS):
                    return {"error": "A function is still running; try again when it has finished."}
                self._cloud.empty()
                warehouse.empty(self._guardian.url)
                self._cloud.runtime.resume()
                self._create_database()
            finally:
                self._cloud.deliver()
        return {}

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._stop.is_set():
            self._stop.set()
            self._report("Stopping.")
            if not self._is_ready:
                raise KeyboardInterrupt
