"""The beginning of a connection: TLS, the user, the password."""

import ssl
from typing import Final

from local.redshift.credentials import Credentials, database_user
from local.redshift.protocol import AUTHENTICATION, PASSWORD, TLS_REQUEST, VERSION_3, Channel, Message, error

YES: Final = b"S"
NO: Final = b"N"
"""The answers to a client that asks for encryption: TLS is there, GSS is not."""

CLEARTEXT: Final = b"\0\0\0\3"
"""Asks for the password as it is: only the other end of TLS can read it."""

AUTHORIZATION: Final = "28000"


def admitted(client: Channel, context: ssl.SSLContext, credentials: Credentials) -> dict[str, str] | None:
    """Return the parameters with which a client opens a session, `user` being that of the database.

    None if the client may not enter: without TLS, or without a valid password.
    """
    code, parameters = client.receive_startup()
    is_encrypted = False
    while code != VERSION_3:
        if code == TLS_REQUEST:
            client.send_bytes(YES)
            client.start_tls(context)
            is_encrypted = True
        else:
            client.send_bytes(NO)
        code, parameters = client.receive_startup()
    user = parameters.get("user", "")
    if not is_encrypted:
        sentence = f'no entry in the access rules for user "{user}" without TLS'
        client.send(error(sentence, AUTHORIZATION, "FATAL"))
        return None
    client.send(Message(AUTHENTICATION, CLEARTEXT))
    answer = client.receive()
    if answer.kind == PASSWORD and credentials.are_valid(user, answer.texts()[0]):
        return parameters | {"user": database_user(user)}
    client.send(error(f'password authentication failed for user "{user}"', AUTHORIZATION, "FATAL"))
    return None
