"""Who may use the endpoint: programs that know the run's access key, and no web page.

A page of another origin may send requests to loopback, with an `Origin` or by an image or a form without one, and a
host of its own may resolve to loopback. Other users of the machine can reach the port, too.
"""

import hmac
import json
import re
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from local import access_keys
from local.control import CONTROL, KEY_HEADER

LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d{1,5})?", re.IGNORECASE)
"""The values of `Host` that name this machine. A page whose own host resolves to loopback sends that host."""

MOTO_PAGES: Final = ("/moto-api", "/favicon.ico", "/latest/meta-data", "/latest/api")
"""The beginnings of the paths under which moto resets everything, shows its state and issues credentials."""

CREDENTIAL: Final = re.compile(r"(?:\bCredential=|^AWS )([^/:,\s]+)[/:]")
"""The access key in an `Authorization`, of version 4 of signatures and of version 2."""

IN_QUERY: Final = ("X-Amz-Credential", "AWSAccessKeyId")
"""The parameters with the access key of a presigned URL, in both versions."""

UNKNOWN_KEY: Final = (
    "The local cloud does not know this access key. Each start makes a new one:"
    ' run `eval "$(python -m local env)"` in this shell.'
)


class Refusal(NamedTuple):
    """An answer to a request that is not carried out: status, the code for AWS's clients, and a sentence."""

    status: HTTPStatus
    code: str
    sentence: str


def refusal(environ: WSGIEnvironment, access_key: str) -> Refusal | None:
    """Return why a request is refused; None if it may be carried out."""
    if "HTTP_ORIGIN" in environ or not LOOPBACK.fullmatch(environ.get("HTTP_HOST", "")):
        return Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", "The local cloud does not answer web pages.")
    path = environ["PATH_INFO"]
    if path.startswith(MOTO_PAGES):
        return Refusal(HTTPStatus.NOT_FOUND, "NotFound", "The local cloud has no such page.")
    if path.startswith(CONTROL):
        return _control_refusal(environ, access_key)
    if not _is_same(access_keys.split(presented_key(environ))[0], access_key):
        return Refusal(HTTPStatus.FORBIDDEN, "InvalidClientTokenId", UNKNOWN_KEY)
    return None


def presented_key(environ: WSGIEnvironment) -> str:
    """Return the access key that a request is signed with, in its header or its URL; empty if it is not signed."""
    if signature := CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")):
        return signature[1]
    # "X-Amz-Credential=9f2c…%2F20211126%2Feu-west-1%2Fs3%2Faws4_request" -> "9f2c…"
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return next((query[name][0].partition("/")[0] for name in IN_QUERY if name in query), "")


def body(answer: Refusal, environ: WSGIEnvironment) -> tuple[str, bytes]:
    """Return the type and the bytes of a refusal, such that the client of the called service shows the sentence."""
    is_lambda = "/lambda/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
    if "HTTP_X_AMZ_TARGET" in environ or is_lambda or environ["PATH_INFO"].startswith(CONTROL):
        error = {"__type": answer.code, "message": answer.sentence}
        return "application/json", json.dumps(error).encode()
    # Neither text has a character that XML would need escaped.
    code, sentence = f"<Code>{answer.code}</Code>", f"<Message>{answer.sentence}</Message>"
    return "application/xml", f"<ErrorResponse><Error>{code}{sentence}</Error></ErrorResponse>".encode()


def _control_refusal(environ: WSGIEnvironment, access_key: str) -> Refusal | None:
    """Refuse a control request by a link, an image or a form: none of these can send a header of its own."""
    if environ["REQUEST_METHOD"] != "POST":
        return Refusal(
            HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", "Control requests are sent by POST."
        )
    header = environ.get("HTTP_" + KEY_HEADER.upper().replace("-", "_"), "")
    if not _is_same(header, access_key):
        return Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", UNKNOWN_KEY)
    return None


def _is_same(presented: str, access_key: str) -> bool:
    return hmac.compare_digest(presented.encode(), access_key.encode())
