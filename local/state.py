"""The folder of one local cloud: its paths, its lock, its secrets, and the file that describes its supervisor.

The folder is `.local/` unless `--state` or CAFE_LOCAL_STATE names another one.
"""

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import psutil

from local import access_keys, secret_files
from local.disk import write_errors
from local.errors import LocalCloudError, NotRunningError

PROJECT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at 104 bytes on some systems; PostgreSQL appends its own name to the folder."""

WAS_KILLED: Final = (
    "The last run did not stop cleanly: objects and messages that came after its start are gone."
    " Upload again the files that were not loaded; the warehouse kept its data."
)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; a zombie, which only waits for its parent, does not."""
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
    setting: str
    """The value of WAREHOUSE in the functions. `warehouse` is the URL for psql and other clients of PostgreSQL."""
    tcp: str = ""
    """The URL of the warehouse for database tools, without its password; empty unless `up --tcp` started it."""
    access_key: str = field(default="", repr=False)
    """The key without which the endpoint does not answer. It has a file of its own, as each secret has."""

    def is_alive(self) -> bool:
        """Whether this very process still runs; another process may have got its number since."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.created and is_alive(process)
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one local cloud, and the names of its files."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Make the folder, or close an existing one, for all but its owner: it contains the hash key and the sales.

        Raise `LocalCloudError` if it cannot be written.
        """
        state = cls(folder.resolve())
        with write_errors(state.folder):
            state.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if state.folder.stat().st_mode & stat.S_ISVTX:
                raise LocalCloudError(
                    f"{state.folder} belongs to all users: name a folder of your own in it."
                )
            state.logs.mkdir(exist_ok=True)
            # Every command opens the lock for writing. In somebody else's folder this fails here, with one sentence.
            state.lock.open("a", encoding="ascii").close()
            # A group may at most pass through: as root, that of the warehouse's server does. The server of an earlier
            # release may still run, and need the way that all had: the next start closes the folder.
            is_open = state.folder.stat().st_mode & (stat.S_IRWXG & ~stat.S_IXGRP | stat.S_IRWXO)
            if is_open and state.supervisor() is None:
                state.folder.chmod(stat.S_IRWXU)
        return state

    def tighten(self) -> None:
        """Close the files that an earlier release left open to others: secrets, logs, objects."""
        folders = [folder for folder in (self.logs, self.saved) if folder.is_dir()]
        inside = (path for folder in folders for path in folder.rglob("*"))
        for path in (*self.folder.iterdir(), *inside):
            # The warehouse's folders are its server's, and another cloud may have its state in this folder.
            is_own = path.parent != self.folder or path in folders or path.is_file()
            if is_own and not path.is_symlink():
                path.chmod(path.stat().st_mode & stat.S_IRWXU)

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
        """The unpacked package, if functions run from one."""
        return self.folder / "package"

    @property
    def lock(self) -> Path:
        """Locked by the supervisor as long as it lives."""
        return self.folder / "lock"

    @property
    def page(self) -> Path:
        """Locked by the page as long as it is served; it has the page's address."""
        return self.folder / "page"

    @property
    def port(self) -> Path:
        """The file with the endpoint's port, so that an exported AWS_ENDPOINT_URL stays right."""
        return self.folder / "port"

    @property
    def warehouse_port(self) -> Path:
        """The file with the warehouse's port on TCP, so that the settings of a database tool stay right."""
        return self.folder / "warehouse-port"

    @property
    def warehouse_kind(self) -> Path:
        """The file with the kind of the warehouse: `postgres` or `redshift`."""
        return self.folder / "warehouse-kind"

    @property
    def authority(self) -> Path:
        """The certificate of the authority that has issued the certificate of Redshift's stand-in."""
        return self.folder / "authority.pem"

    @property
    def hash_key_file(self) -> Path:
        """The file with the key of the customer hash."""
        return self.folder / "hash-key"

    @property
    def access_key_file(self) -> Path:
        """The file with the access key of the running cloud."""
        return self.folder / "access-key"

    @property
    def password_file(self) -> Path:
        """The file with the warehouse's password, which only connections over TCP need."""
        return self.folder / "warehouse-password"

    @property
    def socket(self) -> Path:
        """The folder of PostgreSQL's socket; elsewhere if this one's path is too long for a socket."""
        beside = self.folder / "socket"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"cafe-etl-{digest}"

    def hash_key(self) -> str:
        """Return the key of the customer hash, 64 hex characters, generated at the first call."""
        return secret_files.read_or_generate(self.hash_key_file)

    def keep_hash_key(self, key: str) -> None:
        """Write a key that somebody rotated while the cloud ran."""
        if key != self.hash_key():
            secret_files.write(self.hash_key_file, key)

    def new_access_key(self) -> str:
        """Return the access key of a run that starts; that of the last run is forgotten."""
        secret_files.write(self.access_key_file, access_keys.generate())
        return self.access_key_file.read_text(encoding="ascii")

    def warehouse_password(self) -> str:
        """Return the warehouse's password, 64 hex characters, generated at the first call."""
        return secret_files.read_or_generate(self.password_file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be this folder's supervisor; raises `BlockingIOError` if another process is."""
        with self.lock.open("a+", encoding="ascii") as file:
            # The system frees the lock when the process ends, however it ends: a lock is never stale.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def supervisor(self) -> psutil.Process | None:
        """Return the process that locks the folder: a supervisor that starts, runs or stops."""
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
            fields = json.loads(self._run_file.read_text(encoding="utf-8"))
            run = Run(**fields, access_key=self.access_key_file.read_text(encoding="ascii"))
            if run.is_alive():
                return run
        return None

    def was_killed(self) -> bool:
        """Whether the last supervisor ended without saving; call it only while none runs."""
        return self._run_file.exists()

    def running(self) -> Run:
        """Return the supervisor that runs on this folder and is ready, or raise `NotRunningError`."""
        run = self.run()
        if run is None:
            raise NotRunningError
        return run

    def write_run(self, **addresses: str) -> None:
        """Tell the other commands that this process is the supervisor and ready. `addresses` are fields of `Run`."""
        fields = {"pid": os.getpid(), "created": psutil.Process().create_time(), **addresses}
        # A reader sees the whole file or none: a rename is atomic, a write is not.
        draft = self._run_file.with_suffix(".new")
        draft.write_text(json.dumps(fields), encoding="utf-8")
        draft.replace(self._run_file)

    def remove_run(self) -> None:
        """Tell the other commands that nothing runs here any more."""
        self._run_file.unlink(missing_ok=True)
        self.access_key_file.unlink(missing_ok=True)

    @property
    def _run_file(self) -> Path:
        return self.folder / "run.json"
