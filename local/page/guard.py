"""Who may use the page: the browser that was given its address, and no other page, host or user. Pure.

The address contains the key of this run, which nobody else knows. Whoever sends a file must also send the key as a
header of its own: no form, image or link of another page can do that.
"""

import hmac
from email.message import Message
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, parse_qs

from chalicelib.parts import OBJECT_KEY
from local.control import KEY_HEADER

UNKNOWN_KEY: Final = (
    "This is not the address of the page: each start makes a new one, which `python -m local page` prints."
)


class RefusedRequestError(Exception):
    """A request that is not carried out: its status, and a sentence for the user."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def check_sender(headers: Message, port: int) -> None:
    """Raise `RefusedRequestError` if a request names another host, or comes from a page of another origin."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    host = headers.get("Host", "").lower()
    # A page whose own host resolves to loopback sends that host. A browser leaves `Origin` out of a plain GET.
    if host not in hosts or headers.get("Origin", f"http://{host}") != f"http://{host}":
        raise RefusedRequestError(
            HTTPStatus.FORBIDDEN, "The page does not answer other pages, or under other hosts."
        )


def inner_path(address: SplitResult, key: str) -> str:
    """Return the path of an address after the key; raise `RefusedRequestError` if it has not the key of this run."""
    # "/9f2c…/report" -> "report"
    presented, separator, path = address.path.removeprefix("/").partition("/")
    if not separator or not _is_same(presented, key):
        raise RefusedRequestError(HTTPStatus.FORBIDDEN, UNKNOWN_KEY)
    return path


def check_key_header(headers: Message, key: str) -> None:
    """Raise `RefusedRequestError` if the header with the key is missing or wrong."""
    if not _is_same(headers.get(KEY_HEADER, ""), key):
        raise RefusedRequestError(HTTPStatus.FORBIDDEN, "A file needs the header with the page's key.")


def body_size(headers: Message, max_bytes: int) -> int:
    """Return the size of a body in bytes; raise `RefusedRequestError` if it is unknown or larger than allowed."""
    length = headers.get("Content-Length", "")
    if not (length.isascii() and length.isdecimal()) or "Transfer-Encoding" in headers:
        raise RefusedRequestError(HTTPStatus.LENGTH_REQUIRED, "The size of the file is missing.")
    # The length of the number is looked at first: Python does not read a number of 5,000 digits.
    if len(length) > len(str(max_bytes)) or int(length) > max_bytes:
        raise RefusedRequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The file is larger than {max_bytes:,} bytes."
        )
    return int(length)


def file_name(address: SplitResult) -> str:
    """Return the name of a file, `?name=`; raise `RefusedRequestError` if no object can have it.

    It never becomes a path on this machine. A name with control characters passes: the pipeline refuses such a file.
    """
    try:
        [name] = parse_qs(address.query, errors="strict", max_num_fields=1)["name"]
    except (KeyError, ValueError):
        name = ""
    if name in {"", ".", ".."} or "/" in name or not OBJECT_KEY.can_hold(name):
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST,
            "No file can be uploaded under this name: give it a short one without slashes.",
        )
    return name


def _is_same(presented: str, key: str) -> bool:
    return hmac.compare_digest(presented.encode("utf-8", "replace"), key.encode())
