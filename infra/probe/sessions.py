"""The sessions of a probe: one that reads the system views, and others that work in the probe's own schema."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Self

import psycopg2
from psycopg2 import sql

from chalicelib.errors import WarehouseError
from chalicelib.warehouse.connection import Warehouse
from infra.probe.model import Need

TIMEOUT: Final = 300
"""The timeout of a function in seconds; a statement gets four fifths of it, which has to suffice to compile it."""

SUPERUSER: Final = "select usesuper from pg_user where usename = current_user"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    url: str
    schema: str
    admin_secret: str = ""
    copy_role: str = ""
    bucket: str = ""


class Session(Warehouse):
    """A connection as the functions make it, of which a probe needs to know a little more."""

    @classmethod
    def of(cls, options: Options) -> Self:
        """Connect as the options say."""
        return cls.connect(
            options.url, copy_role=options.copy_role, timeout=TIMEOUT, secret=options.admin_secret
        )

    @cached_property
    def pid(self) -> int:
        """The number of the session, as the system views have it."""
        [(pid,)] = self.execute("select pg_backend_pid()")
        return int(pid)

    @property
    def sslmode(self) -> str:
        """The mode of TLS that was asked for, such as `verify-full`; empty if the connection has no TLS."""
        info = self._connection.info
        return info.dsn_parameters.get("sslmode", "") if info.ssl_in_use else ""

    def cancel(self) -> None:
        """Ask the warehouse to cancel the statement that another thread has sent."""
        with suppress(psycopg2.Error):  # the session may be over
            self._connection.cancel()

    @property
    def is_closed(self) -> bool:
        """Whether the connection was closed here or is known to be lost."""
        return bool(self._connection.closed)


class Probe:
    """The sessions of a probe, and the traces that it has to remove."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.began_at = datetime.now(UTC).replace(tzinfo=None)
        self.observer = Session.of(options)
        """Reads the system views. Its search path is the one of the functions, and it writes no table."""
        self.pids = [self.observer.pid]
        """All sessions so far: the system views tell by it what the probe did."""
        self.users: list[str] = []
        """The users to drop at the end."""
        self._main: Session | None = None

    @property
    def main(self) -> Session:
        """The session in which most questions are asked. TEMP tables stay in it from one question to the next."""
        if self._main is None or self._main.is_closed:
            self._main = self._opened()
        return self._main

    @contextmanager
    def sessions(self, count: int) -> Iterator[list[Session]]:
        """Open more sessions in the schema of the probe, and close them at the end."""
        with ExitStack() as stack:
            yield [stack.enter_context(closing(self._opened())) for _ in range(count)]

    def add_user(self, purpose: str) -> str:
        """Return the name of a user that the probe may create, and drops at the end."""
        name = f"{self.options.schema}_{purpose}"
        self.users.append(name)
        return name

    def has(self, need: Need) -> bool:
        """Tell whether a condition of a question is met."""
        is_redshift = self.observer.engine == "redshift"
        if need is Need.REDSHIFT:
            return is_redshift
        if need is Need.ADMIN:
            return self._is_superuser
        return bool(self.options.bucket and (self.options.copy_role or not is_redshift))

    def reset(self) -> None:
        """End what the last question may have left open. A session that does not even roll back is given up."""
        if self._main is not None:
            try:
                self._main.execute("rollback")
            except WarehouseError:
                self._main.close()

    def close(self) -> None:
        """Close the session of the questions; the one that reads the system views stays open."""
        if self._main is not None:
            self._main.close()

    @cached_property
    def _is_superuser(self) -> bool:
        return self.observer.execute(SUPERUSER) == [(True,)]

    def _opened(self) -> Session:
        # The path leads to the schema of the probe alone: a statement can reach no table of the pipeline.
        session = Session.of(self.options)
        session.execute(sql.SQL("set search_path to {}").format(sql.Identifier(self.options.schema)))
        self.pids.append(session.pid)
        return session
