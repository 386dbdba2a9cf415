"""Access for database tools: PostgreSQL also listens on a TCP port of loopback, and asks for a password there."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from local.cloud import ports
from local.cloud.ports import HOST
from local.state import State

METHOD: Final = "scram-sha-256"
ACCESS_RULES: Final = f"""\
# Written at every start. Only the owner of the cloud can reach the socket; over TCP every user of the machine can try.
local all all trust
host all all {HOST}/32 {METHOD}
"""


@dataclass(frozen=True, slots=True)
class Tcp:
    """The port that PostgreSQL listens on, and the file that contains the password."""

    port: int
    password_file: Path

    @classmethod
    def of(cls, state: State, report: Callable[[str], None]) -> Self:
        """Return the port and the password of a state: those of the last run, if the port is still free."""
        port = ports.free_port(ports.kept_port(state.warehouse_port))
        ports.keep(state.warehouse_port, port, report, "change it in your database tools.")
        state.warehouse_password()  # generates it
        return cls(port, state.password_file)

    @classmethod
    def of_arguments(cls, arguments: list[str]) -> Self | None:
        """Read the guardian's arguments; no arguments mean no TCP."""
        return cls(int(arguments[0]), Path(arguments[1])) if arguments else None

    def arguments(self) -> list[str]:
        """Return the arguments of the guardian; they name the password's file, since others can list processes."""
        return [str(self.port), str(self.password_file)]

    def url(self, user: str) -> str:
        """Return the connection string without the password, which libpq takes from PGPASSWORD."""
        return f"postgresql://{user}@{HOST}:{self.port}/{user}"

    def set_password(self, address: str, user: str) -> None:
        """Give the user the file's password, over the socket."""
        password = self.password_file.read_text(encoding="ascii")
        with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            # Encrypted here: the server logs a statement that fails, and must not log a password.
            verifier = encrypt_password(password, user, scope=connection, algorithm=METHOD)
            statement = sql.SQL("alter role {} password {}")
            cursor.execute(statement.format(sql.Identifier(user), sql.Literal(verifier)))


def write_access_rules(data: Path) -> None:
    """Write the rules for connections; those of `initdb` trust every connection from this machine."""
    (data / "pg_hba.conf").write_text(ACCESS_RULES, encoding="ascii")
