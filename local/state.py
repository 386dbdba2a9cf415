"""Where a local cloud keeps what it knows: one folder, `.local/` unless told otherwise."""

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

from local.errors import NotRunningError

PROJECT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at 104 bytes on some systems; PostgreSQL appends its own name to the folder."""


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True, slots=True)
class Run:
    """A running supervisor, as its run file describes it to the other commands."""

    pid: int
    created: float
    endpoint: str
    warehouse: str
    stage: str

    def is_alive(self) -> bool:
        """Whether this very process still runs; another one may have got its number since."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.created and is_alive(process)
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one local cloud, and the names of what lies in it."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Make the folder, for its owner alone: it holds the hash key and the sales."""
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = cls(folder)
        state.logs.mkdir(exist_ok=True)
        return state

    @property
    def logs(self) -> Path:
        """A file for the supervisor, one for PostgreSQL and one for each function."""
        return self.folder / "logs"

    @property
    def warehouse(self) -> Path:
        """PostgreSQL's data."""
        return self.folder / "warehouse"

    @property
    def saved(self) -> Path:
        """The objects and messages, written when the cloud stops."""
        return self.folder / "saved"

    @property
    def package(self) -> Path:
        """The package that functions run from, unpacked, if they do."""
        return self.folder / "package"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.folder / "lock"

    @property
    def port(self) -> Path:
        """The endpoint's port, kept so that an exported AWS_ENDPOINT_URL stays right."""
        return self.folder / "port"

    @property
    def socket(self) -> Path:
        """The folder of PostgreSQL's socket; elsewhere if this one's path is too long for a socket."""
        beside = self.folder / "socket"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"cafe-etl-{digest}"

    def hash_key(self) -> str:
        """Return the key of the customer hash, 64 hex characters, made at the first call."""
        path = self.folder / "hash-key"
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
        return path.read_text(encoding="ascii")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be this folder's supervisor; raises `BlockingIOError` if another process is."""
        with self.lock.open("a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def supervisor(self) -> psutil.Process | None:
        """Return the process that holds the lock: a supervisor that starts, runs or stops."""
        with self.lock.open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                with suppress(ValueError, psutil.NoSuchProcess):
                    return psutil.Process(int(file.read()))
        return None

    def run(self) -> Run | None:
        """Return the supervisor that runs on this folder and is ready, if there is one."""
        with suppress(FileNotFoundError, ValueError, TypeError):
            run = Run(**json.loads(self._run_file.read_text(encoding="utf-8")))
            if run.is_alive():
                return run
        return None

    def running(self) -> Run:
        """Return the supervisor that runs on this folder and is ready, or raise `NotRunningError`."""
        run = self.run()
        if run is None:
            raise NotRunningError
        return run

    def write_run(self, endpoint: str, warehouse: str, stage: str) -> None:
        """Tell the other commands that this process is the supervisor and ready."""
        run = Run(os.getpid(), psutil.Process().create_time(), endpoint, warehouse, stage)
        draft = self._run_file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(run)), encoding="utf-8")
        draft.replace(self._run_file)

    def remove_run(self) -> None:
        """Tell the other commands that nothing runs here any more."""
        self._run_file.unlink(missing_ok=True)

    @property
    def _run_file(self) -> Path:
        return self.folder / "run.json"
