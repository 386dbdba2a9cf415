"""PostgreSQL as the warehouse: one server for one state, on a Unix socket and, if asked, on TCP.

`python -m local.cloud.postgres DATA SOCKET [PORT PASSWORD_FILE]` is its guardian: it starts the server, says `ready`,
and stops it as soon as its own standard input closes. So a supervisor that is killed stops its server, too.
"""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote, urlencode

import psutil
import psycopg2

from local.cloud import cluster, ports, tcp
from local.cloud.cluster import BIN, NAME, User
from local.cloud.tcp import Tcp
from local.state import PROJECT

PORT = 5432
"""Without TCP the port is only a part of the socket's file name, `.s.PGSQL.5432`."""

STOP_SECONDS = 15
START_SECONDS = 60
SETTINGS = {
    "unix_socket_permissions": "0700",
    # The data survives killed processes, but not a power cut; nor do the objects, which are in memory.
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def url(socket: Path, port: int = PORT) -> str:
    """Return the connection string of the server on this socket."""
    # libpq reads %20 as a space, but "+" as a plus: urlencode's own quoting breaks in a folder such as "my cafe".
    return f"postgresql://{NAME}@/{NAME}?{urlencode({'host': str(socket), 'port': port}, quote_via=quote)}"


class Guardian:
    """The guardian process, seen from the supervisor."""

    def __init__(self, data: Path, socket: Path, log: Path, over_tcp: Tcp | None = None) -> None:
        self.url = url(socket, over_tcp.port if over_tcp else PORT)
        arguments = [data, socket, *(over_tcp.arguments() if over_tcp else [])]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.cloud.postgres", *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=PROJECT,
                # A session of its own: Ctrl-C in the terminal must reach the supervisor alone, which then stops it.
                start_new_session=True,
            )

    def wait_until_ready(self) -> bool:
        """Wait for the server to take connections; False if it could not start. Call it once."""
        return cast("IO[bytes]", self._process.stdout).readline() == b"ready\n"

    def is_alive(self) -> bool:
        """Whether the server and its guardian still run."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Stop the server and wait until it is gone."""
        for pipe in (self._process.stdin, self._process.stdout):
            cast("IO[bytes]", pipe).close()
        try:
            self._process.wait(STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def stop_leftover(data: Path) -> None:
    """Stop a server that an earlier guardian left running on this data, and forget a stale pid file."""
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text(encoding="utf-8").splitlines()[0]))
        # After a reboot the number may be another program's: only a server of this very folder is stopped.
        if str(data) in process.cmdline():
            process.send_signal(signal.SIGINT)
            _gone, alive = psutil.wait_procs([process], STOP_SECONDS)
            for survivor in alive:
                survivor.send_signal(signal.SIGQUIT)
            psutil.wait_procs(alive, STOP_SECONDS)
    pid_file.unlink(missing_ok=True)


def guard(data: Path, socket: Path, over_tcp: Tcp | None = None) -> int:
    """Run the server until standard input closes; return 1 if it ended by itself."""
    user = cluster.server_user()
    if user is not None:
        cluster.let_through([data.parent, socket.parent, BIN])
    stop_leftover(data)
    if not (data / "PG_VERSION").exists():
        cluster.initialise(data, user)
    tcp.write_access_rules(data)
    cluster.make_socket_folder(socket, user)
    server = _start(data, socket, over_tcp, user)
    try:
        address = url(socket, over_tcp.port if over_tcp else PORT)
        _wait_for_connections(server, address)
        if over_tcp is not None:
            over_tcp.set_password(address, NAME)
        print("ready", flush=True)
        # Nobody writes to the pipe: this returns when the supervisor closes it or dies, however it dies.
        sys.stdin.buffer.read()
        return 0 if server.poll() is None else 1
    finally:
        _stop(server)
        with suppress(OSError):
            socket.rmdir()


def _start(data: Path, socket: Path, over_tcp: Tcp | None, user: User | None) -> "subprocess.Popen[bytes]":
    settings = SETTINGS | {"listen_addresses": ports.HOST if over_tcp else ""}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    port = str(over_tcp.port if over_tcp else PORT)
    return subprocess.Popen(
        [BIN / "postgres", "-D", data, "-k", socket, "-p", port, *options],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        cwd="/",  # the server's user may have no access to the project
        start_new_session=True,
        **cluster.credentials(user),
    )


def _wait_for_connections(server: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None:
        try:
            psycopg2.connect(address).close()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.03)
        else:
            return
    raise SystemExit(1)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    # In order: end sessions and close the data cleanly; give up without; end.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                server.wait(STOP_SECONDS)


if __name__ == "__main__":
    sys.exit(guard(Path(sys.argv[1]), Path(sys.argv[2]), Tcp.of_arguments(sys.argv[3:])))
