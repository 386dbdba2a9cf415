"""The PostgreSQL behind the stand-in: a session in it, and the objects of Redshift that each of its databases gets."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

# By name: a test that watches psycopg2's connections means those of the code that it tests.
from psycopg2 import connect, sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a lower-case name
from psycopg2.extensions import parse_dsn

from local.redshift.credentials import ROLE
from local.redshift.load_errors import LoadError
from local.redshift.protocol import AUTHENTICATION, PARAMETER, READY, Channel, Message

SYSTEM_OBJECTS: Final = Path(__file__).with_name("system_objects.sql")
OPTIONS: Final = "-c default_transaction_isolation=repeatable\\ read -c search_path=public,redshift"
"""Snapshot isolation, as Redshift has it by default; the objects of the schema `redshift` need no qualification."""

PASSED: Final = ("user", "database", "application_name", "client_encoding")
"""The parameters of a client that PostgreSQL gets, too."""

PARAMETERS: Final = {"server_version": "8.0.2", "client_encoding": "UNICODE"}
"""What Redshift reports of itself, where it differs from PostgreSQL."""

MISSING: Final = (
    "select to_regnamespace('redshift') is null, not exists (select 1 from pg_roles where rolname = %s)"
)

RECORD: Final = (
    "insert into redshift.sys_load_error_detail (database_name, start_time, file_name, line_number,"
    " column_name, error_code, error_message)"
    " values (current_database(), redshift.getdate(), %s, %s, %s, %s, %s)"
)


class Postgres:
    """A session in one database of an embedded server, in the name of the client's user."""

    def __init__(self, url: str, parameters: dict[str, str]) -> None:
        self._url = url
        self._database = parameters.get("database") or parameters.get("user", "")
        self._prepare(parameters.get("user", ""))
        # postgresql://cafe@/cafe?host=/folder&port=5432 -> /folder/.s.PGSQL.5432
        server = parse_dsn(url)
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{server['host']}/.s.PGSQL.{server['port']}")
        self._channel = Channel(connection)
        # Everybody may enter over the socket: the stand-in itself has checked the password.
        passed = {name: text for name, text in parameters.items() if name in PASSED}
        self._channel.send_startup(passed | {"options": OPTIONS})
        self._ready = Message(READY, b"I")
        self.greeting = list(self._greeting())
        """What the server says first: parameters, the key for cancelling, and that it is ready; or an error."""

    def _greeting(self) -> Iterator[Message]:
        # After an error, such as that of an unknown user, the server closes the connection.
        with suppress(ConnectionError):
            yield from (message for message in self.answer() if message.kind != AUTHENTICATION)

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open, be it a failed one."""
        return self._ready.body != b"I"

    @property
    def ready(self) -> Message:
        """The last message of every answer, which tells whether a transaction is open."""
        return self._ready

    def send(self, *messages: Message) -> None:
        """Send messages; `answer` has the answer."""
        self._channel.send(*messages)

    def answer(self) -> Iterator[Message]:
        """Yield the messages of an answer, as Redshift would send them, until the server is ready again."""
        while True:
            message = self._channel.receive()
            yield _parameter_of_redshift(message)
            if message.kind == READY:
                self._ready = message
                return

    def record(self, error: LoadError) -> None:
        """Write an error of COPY, on a connection of its own: the transaction of the COPY has failed."""
        with self._cursor() as cursor:
            cursor.execute(RECORD, tuple(error))

    def close(self) -> None:
        """End the session."""
        self._channel.close()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """Yield a cursor of a connection of its own, as the server's superuser; commit what is done on it."""
        opened = closing(connect(self._url, dbname=self._database))
        with opened as connection, connection, connection.cursor() as cursor:
            yield cursor

    def _prepare(self, user: str) -> None:
        """Create what is missing: the schema `redshift` in the database, and a user who is a role of IAM."""
        with self._cursor() as cursor:
            cursor.execute(MISSING, (user,))
            if cursor.fetchall() != [(False, False)]:
                # Two first connections at once: the second waits here, and then finds everything.
                cursor.execute("select pg_advisory_xact_lock(5439)")
                cursor.execute(MISSING, (user,))
                [(lacks_schema, lacks_user)] = cursor.fetchall()
                if lacks_schema:
                    cursor.execute(SYSTEM_OBJECTS.read_text(encoding="utf-8"))
                if lacks_user and user.startswith(ROLE):
                    cursor.execute(sql.SQL("create role {} login").format(sql.Identifier(user)))


def _parameter_of_redshift(message: Message) -> Message:
    """Return a message of PostgreSQL as Redshift sends it: its version and the name of its encoding differ."""
    if message.kind != PARAMETER:
        return message
    # b"server_version\x0018.1\0" -> b"server_version\08.0.2\0"
    name, text = message.texts()
    return Message(PARAMETER, f"{name}\0{PARAMETERS.get(name, text)}\0".encode())
