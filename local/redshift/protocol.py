"""PostgreSQL's protocol, version 3, as far as a relay of simple queries needs it: messages and some of their bodies."""

import socket
import ssl
import struct
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

VERSION_3: Final = 3 << 16
TLS_REQUEST: Final = 80877103
GSS_REQUEST: Final = 80877104

ERROR, NOTICE, QUERY, READY = b"E", b"N", b"Q", b"Z"
AUTHENTICATION, PASSWORD, PARAMETER, KEY = b"R", b"p", b"S", b"K"
COPY_IN, COPY_DATA, COPY_DONE, COMPLETE = b"G", b"d", b"c", b"C"
SYNC, TERMINATE = b"S", b"X"

Fields = Mapping[str, str]
"""An error or a notice by its fields: S severity, C SQLSTATE, M message, D detail, W context, c column."""


class Message(NamedTuple):
    """A message: its type, one byte, and its body."""

    kind: bytes
    body: bytes = b""

    def encoded(self) -> bytes:
        """Return the bytes that are sent: the type, the length, which counts itself, and the body."""
        # Message(b"Z", b"I") -> b"Z\0\0\0\5I"
        return self.kind + struct.pack("!i", len(self.body) + 4) + self.body

    @classmethod
    def of_fields(cls, kind: bytes, fields: Fields) -> Self:
        """Return an error or a notice."""
        return cls(kind, b"".join(f"{name}{text}\0".encode() for name, text in fields.items()) + b"\0")

    def fields(self) -> dict[str, str]:
        """Return the fields of an error or a notice."""
        # b"SERROR\0C42601\0Msyntax error\0\0" -> {"S": "ERROR", "C": "42601", "M": "syntax error"}
        texts = self.body.decode("utf-8", "replace").split("\0")
        return {text[0]: text[1:] for text in texts if text}

    def texts(self) -> list[str]:
        """Return the texts of a body that holds nothing but texts, each with a zero byte at its end."""
        return self.body.decode("utf-8", "replace").removesuffix("\0").split("\0")


def error(message: str, code: str, severity: str = "ERROR", **fields: str) -> Message:
    """Return an error with a message and an SQLSTATE."""
    return Message.of_fields(ERROR, {"S": severity, "V": severity, "C": code, "M": message, **fields})


class Channel:
    """One end of a connection. Every method raises `ConnectionError` if the other end is gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")

    def receive(self) -> Message:
        """Wait for a message."""
        kind = self._read(1)
        return Message(kind, self._read_body())

    def receive_startup(self) -> tuple[int, dict[str, str]]:
        """Wait for the first message, which has no type; return its code and, if it opens a session, its parameters."""
        body = self._read_body()
        [code] = struct.unpack("!i", body[:4])
        # b"user\0cafe\0database\0cafe\0\0" -> {"user": "cafe", "database": "cafe"}
        texts = body[4:].decode("utf-8", "replace").split("\0") if code == VERSION_3 else []
        return code, dict(zip(texts[::2], texts[1::2], strict=False))

    def send(self, *messages: Message) -> None:
        """Send messages."""
        self.send_bytes(b"".join(message.encoded() for message in messages))

    def send_startup(self, parameters: Mapping[str, str]) -> None:
        """Open a session."""
        texts = "".join(f"{name}\0{text}\0" for name, text in parameters.items())
        body = struct.pack("!i", VERSION_3) + texts.encode() + b"\0"
        self.send_bytes(struct.pack("!i", len(body) + 4) + body)

    def send_bytes(self, content: bytes) -> None:
        """Send bytes that are no message, such as the answer to a request for TLS."""
        self._connection.sendall(content)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypt the connection from now on; the client begins."""
        self._stream.close()
        self._connection = context.wrap_socket(self._connection, server_side=True)
        self._stream = self._connection.makefile("rb")

    def close(self) -> None:
        """Close the connection; a thread that waits for a message gets a `ConnectionError`."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other end was faster
        finally:
            self._stream.close()
            self._connection.close()

    def _read_body(self) -> bytes:
        [length] = struct.unpack("!i", self._read(4))
        return self._read(length - 4)

    def _read(self, size: int) -> bytes:
        try:
            content = self._stream.read(size)
        except ValueError as exc:  # another thread has closed the stream
            raise ConnectionAbortedError("This end has closed the connection.") from exc
        if len(content) < size:
            raise ConnectionResetError("The other end has closed the connection.")
        return content
