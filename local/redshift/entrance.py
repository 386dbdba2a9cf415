"""The beginning of a connection: TLS, the user, the password. On a Unix socket, only the user."""

import ssl
from dataclasses import dataclass
from typing import Final

from local.redshift.credentials import Credentials, database_user
from local.redshift.protocol import AUTHENTICATION, PASSWORD, TLS_REQUEST, VERSION_3, Channel, Message, error

YES: Final = b"S"
NO: Final = b"N"
"""The answers to a client that asks for encryption by TLS or by GSS."""

CLEARTEXT: Final = b"\0\0\0\3"
"""Asks for the password as it is: only the other end of TLS can read it."""

AUTHORIZATION: Final = "28000"


@dataclass(frozen=True)
class Entrance:
    """The entrance over TCP, as Redshift has it: TLS, and a password that is valid now."""

    context: ssl.SSLContext
    credentials: Credentials

    def admit(self, client: Channel) -> dict[str, str] | None:
        """Return the parameters of the session that a client opens, `user` being that of the database.

        None if the client may not enter; it has been told why.
        """
        code, parameters = client.receive_startup()
        is_encrypted = False
        while code != VERSION_3:
            client.send_bytes(YES if code == TLS_REQUEST else NO)
            if code == TLS_REQUEST:
                client.start_tls(self.context)
                is_encrypted = True
            code, parameters = client.receive_startup()
        user = parameters.get("user", "")
        if not is_encrypted:
            client.send(_refusal(f'user "{user}" may not enter without TLS'))
            return None
        client.send(Message(AUTHENTICATION, CLEARTEXT))
        answer = client.receive()
        if answer.kind != PASSWORD or not self.credentials.are_valid(user, answer.texts()[0]):
            client.send(_refusal(f'password authentication failed for user "{user}"'))
            return None
        return parameters | {"user": database_user(user)}


class SocketEntrance:
    """The entrance over a Unix socket, which the file system guards. Redshift has none."""

    def admit(self, client: Channel) -> dict[str, str]:
        """Return the parameters of the session that a client opens."""
        code, parameters = client.receive_startup()
        while code != VERSION_3:
            client.send_bytes(NO)
            code, parameters = client.receive_startup()
        return parameters


def _refusal(sentence: str) -> Message:
    return error(sentence, AUTHORIZATION, "FATAL")
