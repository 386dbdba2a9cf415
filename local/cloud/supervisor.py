"""The process of a running local cloud: starts everything, waits for a signal, stops everything in order."""

import os
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra import deploying
from infra.errors import InfraError
from local import disk, warehouse
from local.client import Clients, invoke
from local.cloud import (
    cluster,
    deploy,
    hash_key,
    moto_backends,
    package,
    ports,
    postgres,
    resources,
    sent_mails,
    snapshot,
    stack,
)
from local.cloud.cloud import RETRY_SECONDS, Cloud, Settings
from local.cloud.options import REDSHIFT, Options, chosen_warehouse
from local.cloud.tcp import Tcp
from local.cloud.warm_worker import Code
from local.environment import deploy_environment
from local.errors import LocalCloudError
from local.state import PROJECT, WAS_KILLED, State

if TYPE_CHECKING:
    from local.cloud.redshift import Redshift

Report = Callable[[str], None]
RESET_SECONDS = 30.0
BUSY: Final = {"error": "A function is still running; try again when it has finished."}
PORT_CONSEQUENCE: Final = (
    'run `eval "$(python -m local env)"` again in every shell that has the old AWS_ENDPOINT_URL.'
)


class Supervisor:
    """A local cloud on one state folder."""

    def __init__(self, state: State, report: Report, options: Options) -> None:
        self._state = state
        self._build = options.build
        self._report = report
        self._options = options
        self._stop = threading.Event()
        self._is_ready = False
        self._control_lock = threading.Lock()
        self._names = resources.names(self._stage)
        self._access_key = ""
        self._deployed: set[str] = set()
        self._tcp: Tcp | None = None
        self._redshift: Redshift | None = None
        self._cloud: Cloud
        self._guardian: postgres.Guardian

    @property
    def _stage(self) -> str:
        return stack.STAGE if self._build else resources.STAGE

    @property
    def _warehouse_url(self) -> str:
        """The URL of the warehouse, as the functions get it."""
        return self._redshift.url if self._redshift else self._guardian.url

    def run(self, ready: Callable[[], None]) -> None:
        """Start everything, call `ready`, and run until a signal comes. Raise `LocalCloudError` if something fails."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        # The stack stops everything in the opposite order, after a signal and after an error alike.
        with ExitStack() as stack:
            with disk.explained(self._state.folder, PROJECT, Path(tempfile.gettempdir())):
                self._lock(stack)
                self._start(stack)
                self._is_ready = True
                self._state.write_run(
                    endpoint=self._cloud.endpoint.url,
                    warehouse=self._redshift.socket_url if self._redshift else self._guardian.url,
                    stage=self._stage,
                    setting=self._warehouse_url,
                    tcp=self._tcp.url(cluster.NAME) if self._tcp else "",
                )
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
        kind = chosen_warehouse(state, self._options)
        if state.was_killed():
            self._report(WAS_KILLED)
        state.tighten()
        self._access_key = state.new_access_key()
        self._report("Starting PostgreSQL, the warehouse.")
        self._tcp = Tcp.of(state, self._report) if self._options.over_tcp else None
        # A new cluster takes seconds to make, in which the functions are deployed. An old one starts at once, and its
        # customers must fit the hash key before a function can see either.
        is_new = not (state.warehouse / "PG_VERSION").exists()
        log = state.logs / "postgres.log"
        self._guardian = postgres.Guardian(state.warehouse, state.socket, log, self._tcp)
        stack.callback(self._guardian.stop)
        if kind == REDSHIFT:
            # Moto's Redshift needs its EC2, which takes as long to import as everything else here.
            from local.cloud.redshift import Redshift  # noqa: PLC0415

            self._report("Putting a stand-in for Redshift in front of it.")
            self._redshift = Redshift(state, self._guardian.url, self._clients)
            stack.callback(self._redshift.stop)
        if not is_new:
            self._wait_for_warehouse()
            hash_key.check(state.hash_key_file, self._guardian.url, self._report)
        self._start_cloud(stack)
        hash_key.create_secret(self._names.hash_key_secret, state, self._clients())
        if self._redshift:
            self._redshift.start(self._names)
        self._deploy()
        self._cloud.invocations.restore(snapshot.load(state.saved))
        if is_new:
            self._wait_for_warehouse()
        if self._redshift:
            self._redshift.listen_on_socket()
        self._create_database()

    def _wait_for_warehouse(self) -> None:
        if not self._guardian.wait_until_ready():
            raise LocalCloudError(f"PostgreSQL could not start: see {self._state.logs / 'postgres.log'}.")

    def _start_cloud(self, stack: ExitStack) -> None:
        state = self._state
        retry_seconds = float(os.environ.get("CAFE_LOCAL_RETRY_SECONDS", RETRY_SECONDS))
        build = self._build
        code = package.PackagedCode(build, state.package, moto_backends.zip_of) if build else Code(PROJECT)
        settings = Settings(code, state.logs, self._access_key, ports.kept_port(state.port), retry_seconds)
        redshift = self._redshift
        environment = redshift.environment(self._names) if redshift else {"WAREHOUSE": self._guardian.url}
        services = redshift.services if redshift else {}
        self._cloud = Cloud(settings, environment, self._control, services)
        stack.callback(self._cloud.stop)
        ports.keep(state.port, self._cloud.endpoint.port, self._report, PORT_CONSEQUENCE)

    def _clients(self) -> Clients:
        return Clients(self._cloud.endpoint.url, self._access_key)

    def _deploy(self) -> None:
        clients = self._clients()
        try:
            if self._build:
                self._report(f"Making the stack of {self._build / 'sam.yaml'}.")
                stack.create(self._build, clients, self._warehouse_url)
            else:
                self._report("Deploying with `chalice deploy --stage local`.")
                needed = resources.needed(self._warehouse_url)
                deploying.before(needed, clients.any)
                log = self._state.logs / "deploy.log"
                afresh = not self._cloud.status()["functions"]
                environment = deploy_environment(self._cloud.endpoint.url, self._access_key)
                deploy.deploy(PROJECT, environment, log, self._report, afresh=afresh)
                deploying.after(PROJECT, needed, self._names, clients.any)
        except InfraError as exc:
            raise LocalCloudError(str(exc)) from exc
        if self._redshift:
            self._redshift.give_users(self._names)
        self._deployed = set(self._cloud.status()["functions"])

    def _create_database(self) -> None:
        invoke(self._clients(), self._names.function("create_database"), {})

    def _deliver_until_stopped(self) -> None:
        """Deliver until a signal comes or PostgreSQL ends."""
        self._cloud.deliver()
        while not self._stop.wait(0.5):
            if not self._guardian.is_alive():
                raise LocalCloudError(f"PostgreSQL ended: see {self._state.logs / 'postgres.log'}.")

    def _save(self) -> None:
        with disk.write_errors(self._state.saved):
            self._save_everything()
        # Last: as long as the run file is there, the next start reports that this run saved nothing.
        self._state.remove_run()

    def _save_everything(self) -> None:
        if not self._cloud.pause():
            self._report("A function was still running and was stopped; its event is delivered again.")
        self._cloud.runtime.close()
        with self._cloud.endpoint.s3_lock:
            snapshot.save(self._state.saved, self._cloud.invocations.pending())
        hash_key.keep_secret(self._names.hash_key_secret, self._state, self._clients())

    def _control(self, request: str) -> dict[str, Any]:
        actions = {
            "status": self._status,
            "mails": lambda: {"mails": sent_mails.sent_mails()},
            "reset": self._reset,
            "deploy": self._deploy_again,
        }
        if request not in actions:
            return {"error": f"There is no request {request!r}."}
        return actions[request]()

    def _status(self) -> dict[str, Any]:
        status = self._cloud.status()
        return {**status, "missing_functions": sorted(self._deployed.difference(status["functions"]))}

    def _reset(self) -> dict[str, Any]:
        """Empty everything and run on."""

        def empty() -> None:
            self._cloud.empty()
            warehouse.empty(self._guardian.url)
            self._cloud.runtime.resume()
            self._create_database()

        return self._while_paused(empty)

    def _deploy_again(self) -> dict[str, Any]:
        """Deploy functions that somebody deleted, and run on; queues and buckets keep their content."""

        def make() -> None:
            self._deploy()
            self._cloud.runtime.resume()
            self._create_database()

        return self._while_paused(make)

    def _while_paused(self, action: Callable[[], None]) -> dict[str, Any]:
        """Carry out a request while no function runs, one request at a time."""
        with self._control_lock:
            try:
                if not self._cloud.pause(RESET_SECONDS):
                    return BUSY
                action()
            except (LocalCloudError, ClientError) as exc:
                return {"error": str(exc)}
            finally:
                self._cloud.deliver()
        return {}

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._stop.is_set():  # a second Ctrl-C must not interrupt the saving
            self._stop.set()
            self._report("Stopping.")
            if not self._is_ready:
                raise KeyboardInterrupt
