"""A stand-in for Redshift: listens on loopback, passes statements to PostgreSQL, and refuses what Redshift refuses."""

import logging
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Final

import psycopg2

from local.cloud import ports
from local.redshift.credentials import Credentials
from local.redshift.faults import Faults
from local.redshift.protocol import Channel
from local.redshift.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

log: Final = logging.getLogger(__name__)


class StandIn:
    """Listens on a port of loopback; each connection is a session with a thread of its own."""

    def __init__(
        self,
        server: str,
        *,
        context: ssl.SSLContext,
        credentials: Credentials,
        s3: "Callable[[], S3Client]",
        port: int = 0,
    ) -> None:
        """Stand in front of the PostgreSQL with this URL, which names a Unix socket.

        `credentials` has those who may enter, over TLS with the settings of `context`. COPY reads from `s3`.
        """
        self._server = server
        self._context = context
        self.credentials = credentials
        self._s3 = s3
        self._listener = ports.listener_near(port)
        self._clients: set[Channel] = set()
        self.faults = Faults()
        self.sessions: list[Session] = []
        """All sessions so far, the newest last."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    def start(self) -> None:
        """Take connections."""
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        # Shut down first: a thread that waits in `accept` would keep a closed socket open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in list(self._clients):
            client.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # it was stopped
            # A message must not wait until the one before it has been confirmed: that takes 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Channel(connection)
            self._clients.add(client)
            session = Session(client, self.faults, self._s3)
            self.sessions.append(session)
            threading.Thread(target=self._serve, args=(client, session), daemon=True).start()

    def _serve(self, client: Channel, session: Session) -> None:
        try:
            session.serve(self._server, self._context, self.credentials)
        except (OSError, psycopg2.Error) as exc:  # the client has gone, or PostgreSQL
            log.debug("A session has ended: %s", exc)
        finally:
            self._clients.discard(client)
            client.close()
