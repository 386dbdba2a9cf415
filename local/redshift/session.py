"""A connection to the stand-in: who enters; each statement is refused, executed as COPY, or rewritten and passed on."""

import re
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import psycopg2

from local.redshift.copy_command import CopyCommand
from local.redshift.credentials import Credentials
from local.redshift.entrance import admitted
from local.redshift.faults import Fault, Faults
from local.redshift.load_errors import load_error
from local.redshift.parts import Part, PartsError, parts_of
from local.redshift.postgres import Postgres
from local.redshift.protocol import (
    AUTHENTICATION,
    COPY_DATA,
    COPY_DONE,
    COPY_IN,
    ERROR,
    QUERY,
    SYNC,
    TERMINATE,
    Channel,
    Message,
    error,
)
from local.redshift.refusals import UNSUPPORTED, Refusal, refusal_of
from local.redshift.rewriting import raising, rewritten
from local.redshift.tokens import Token, normalised, statements

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENTERED: Final = b"\0\0\0\0"
INTERNAL: Final = "XX000"
CONFLICT: Final = "40001"
SHOWN: Final = frozenset("SVCMDHP")
"""The fields of an error that the client gets. The others tell where in PostgreSQL it arose."""

READS: Final = re.compile(
    r"^(select|with|set|show|reset|begin|start|rollback|explain|fetch|close|declare|lock)\b"
)
"""Statements that commit nothing if they stand alone."""


class Session:
    """A connection of a client. It counts its statements and its commits."""

    def __init__(self, client: Channel, faults: Faults, s3: "Callable[[], S3Client]") -> None:
        self._client = client
        self._faults = faults
        self._s3 = s3
        self.statements: list[str] = []
        """The statements so far in normalised form: without values and names in quotes."""

        self.commits = 0
        """How often something was committed: by `commit`, or by a statement that writes and stands alone."""

    def serve(self, server: str, context: ssl.SSLContext, credentials: Credentials) -> None:
        """Answer the client until it goes."""
        parameters = admitted(self._client, context, credentials)
        if parameters is None:
            return
        try:
            self._postgres = Postgres(server, parameters)
        except psycopg2.Error as exc:
            self._client.send(error(str(exc).splitlines()[0], "3D000", "FATAL"))
            return
        try:
            self._client.send(Message(AUTHENTICATION, ENTERED), *self._postgres.greeting)
            while (message := self._client.receive()).kind != TERMINATE:
                self._answer(message)
        finally:
            self._postgres.close()

    def _answer(self, message: Message) -> None:
        if message.kind == QUERY:
            self._query(message.texts()[0])
        elif message.kind == SYNC:  # the end of a prepared statement's messages, which are read and dropped
            sentence = "The stand-in speaks the simple query protocol only, as psycopg2 does."
            self._client.send(error(sentence, UNSUPPORTED), self._postgres.ready)

    def _query(self, text: str) -> None:
        """Execute the statements of a message, or the error that takes their place."""
        # "begin; select 1" -> ["begin", "select 1"]: mostly it is one
        split = statements(text)
        sent = [normalised(statement) for statement in split]
        self.statements += sent
        self._commits_if_it_succeeds = self._commits_of(sent)
        refusal = next((refusal for statement in split if (refusal := self._refusal_of(statement))), None)
        if refusal:
            self._pass_on(raising(*refusal))
        elif sent and sent[0].startswith("copy "):
            self._copy(split, text)
        else:
            self._pass_on(rewritten(text))

    def _refusal_of(self, statement: Sequence[Token]) -> Refusal | None:
        """Return the error that takes a statement's place: one that a test has asked for, or Redshift's own."""
        fault = self._faults.take(normalised(statement))
        if fault is Fault.CUT:
            raise ConnectionAbortedError(fault.value.message)
        return fault.value if fault else refusal_of(statement)

    def _commits_of(self, sent: Sequence[str]) -> int:
        """Return how often the statements of a message commit something, if they succeed."""
        # ["create temp table t ( a int )"] -> 1, unless a transaction is open; ["commit"] -> 1; ["select 1"] -> 0
        writes = [words for words in sent if not READS.match(words)]
        ends = [words for words in writes if re.match(r"(commit|end)\b", words)]
        # Several statements in one message are one transaction.
        return len(ends) if ends else int(bool(writes) and not self._postgres.is_in_transaction)

    def _copy(self, split: Sequence[Sequence[Token]], text: str) -> None:
        """Load the files that a COPY names, by a COPY that PostgreSQL understands."""
        command = CopyCommand.of(split, text)
        if isinstance(command, Refusal):
            self._pass_on(raising(*command))
            return
        try:
            parts = parts_of(command.manifest, self._s3())
        except PartsError as exc:
            self._pass_on(raising(str(exc), INTERNAL))
            return
        # An empty field is an empty string on Redshift; \N is a null.
        statement = f"copy {command.target} from stdin with (format csv, null '\\N')"
        self._pass_on(statement, parts, lambda message: self._recorded(message, command, parts))

    def _recorded(self, message: Message, command: CopyCommand, parts: Sequence[Part]) -> Message:
        """Write down why a COPY failed; return the error that names the place where it stands."""
        # Classes 22 and 23 are bad data. Anything else, such as a missing right, is no error of a row.
        fields = message.fields()
        if not fields["C"].startswith(("22", "23")):
            return _error_of_redshift(message)
        self._postgres.record(load_error(fields, parts))
        return error(
            f"Load into table '{command.table}' failed.  Check 'sys_load_error_detail' system table for details.",
            INTERNAL,
        )

    def _pass_on(
        self,
        text: str,
        parts: Sequence[Part] = (),
        error_of: "Callable[[Message], Message] | None" = None,
    ) -> None:
        """Have PostgreSQL execute a text, the files of a COPY with it, and pass its answer on."""
        answer: list[Message] = []
        self._postgres.send(Message(QUERY, text.encode() + b"\0"))
        try:
            for message in self._postgres.answer():
                if message.kind == COPY_IN:
                    contents = (Message(COPY_DATA, part.content) for part in parts)
                    self._postgres.send(*contents, Message(COPY_DONE))
                else:
                    answer.append(
                        (error_of or _error_of_redshift)(message) if message.kind == ERROR else message
                    )
        finally:
            # Counted before the client goes on, and sent even if the server has ended: its last message says why.
            succeeded = all(message.kind != ERROR for message in answer)
            self.commits += self._commits_if_it_succeeds if succeeded else 0
            self._client.send(*answer)


def _error_of_redshift(message: Message) -> Message:
    """Return an error of PostgreSQL as Redshift reports it: a conflict of two transactions is an internal error."""
    fields = {name: text for name, text in message.fields().items() if name in SHOWN}
    if fields.get("C") == CONFLICT:
        return error(
            "1023", INTERNAL, D="Serializable isolation violation: conflict with concurrent transaction"
        )
    return Message.of_fields(ERROR, fields | {"M": fields["M"].replace("bpchar", "character varying")})
