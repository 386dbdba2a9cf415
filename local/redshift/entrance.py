"""The beginning of a connection: no TLS yet, the user, the password."""

from collections.abc import Mapping
from typing import Final

from local.redshift.protocol import AUTHENTICATION, PASSWORD, VERSION_3, Channel, Message, error

NO: Final = b"N"
"""The answer to a client that asks for TLS. With `sslmode=require` and above it goes; with less it goes on without."""

CLEARTEXT: Final = b"\0\0\0\3"
"""Asks for the password as it is, on a connection that never leaves loopback."""


def admitted(client: Channel, passwords: Mapping[str, str]) -> dict[str, str] | None:
    """Return the parameters with which a client opens a session; None if it is none of those with a password."""
    code, parameters = client.receive_startup()
    while code != VERSION_3:
        client.send_bytes(NO)
        code, parameters = client.receive_startup()
    user = parameters.get("user", "")
    client.send(Message(AUTHENTICATION, CLEARTEXT))
    answer = client.receive()
    if answer.kind == PASSWORD and user in passwords and answer.texts() == [passwords[user]]:
        return parameters
    client.send(error(f'password authentication failed for user "{user}"', "28000", "FATAL"))
    return None
