"""The page's server, on loopback alone: the page, its script and style, the reports, and the files that are sent."""

import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

# Here, so that the first file does not wait for pandas.
import chalicelib.ingest.intake  # noqa: F401
from chalicelib.errors import RequestError, WarehouseError
from chalicelib.model import Rules
from chalicelib.people.report.day_report import day_report
from chalicelib.warehouse.connection import Warehouse
from local import access_keys, reports
from local.cloud import ports
from local.cloud.resources import names
from local.console import say
from local.errors import LocalCloudError
from local.page import guard, views
from local.page.guard import RefusedRequestError
from local.page.overview import overview
from local.state import State
from local.uploads import Uploads

BLOCK: Final = 2**16
DRAINED: Final = 2**16
"""Bytes of a refused body that are read, so that the client sees the refusal and no broken connection."""

MOST_ROWS: Final = 100
"""Rejected rows that a check shows."""

OUTCOME_SECONDS: Final = 60.0
"""The time to wait for the outcome of an upload."""

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # the address has the key
    "X-Content-Type-Options": "nosniff",
}

HTML: Final = "text/html; charset=utf-8"

UNREACHABLE: Final = (LocalCloudError, WarehouseError, BotoCoreError, ClientError, psycopg2.Error)
NO_ANSWER: Final = (
    "The local cloud does not answer: it is starting, stopping or being emptied. Try again soon."
)
BUG: Final = "The page could not do this; the terminal in which it runs says why."


class Reply(NamedTuple):
    """An answer to a request."""

    content: bytes
    kind: str = HTML
    policy: str = PAGE_POLICY
    status: HTTPStatus = HTTPStatus.OK


class Server(ThreadingHTTPServer):
    """Serves the page of a running cloud on a port and under a key of its own."""

    def __init__(self, state: State, rules: Rules) -> None:
        super().__init__((ports.HOST, 0), Handler)
        self.state = state
        self.rules = rules
        self.key = access_keys.generate()
        self.one_check = threading.Lock()
        """Held by the check that runs: each takes memory and a processor."""

    @property
    def url(self) -> str:
        """The address for the browser."""
        return f"http://{ports.HOST}:{self.server_port}/{self.key}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser may leave at any time, and `Handler` answers all other errors itself."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    timeout = 30
    """Seconds without a byte after which a connection ends."""

    def do_GET(self) -> None:
        """Answer the page, its script and style, and the reports."""
        self._answer(self._get)

    def do_PUT(self) -> None:
        """Check a file, or upload it."""
        self._answer(self._put)

    def version_string(self) -> str:
        """Return the name of the server, without the version of Python."""
        return "cafe-etl"

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing: the address has the key, and the names of files."""

    def _answer(self, action: Callable[[SplitResult], Reply]) -> None:
        try:
            guard.check_sender(self.headers, self.server.server_port)
            reply = action(urlsplit(self.path))
        except RefusedRequestError as exc:
            reply = _sentence(exc.status, str(exc))
        except ConnectionError:
            return  # the browser has left
        except UNREACHABLE:
            reply = _sentence(HTTPStatus.SERVICE_UNAVAILABLE, NO_ANSWER)
        except Exception:  # noqa: BLE001 - whatever it is, the browser gets a sentence
            say(traceback.format_exc())
            reply = _sentence(HTTPStatus.INTERNAL_SERVER_ERROR, BUG)
        self._send(reply)

    def _get(self, address: SplitResult) -> Reply:
        path = guard.inner_path(address, self.server.key)
        match path:
            case "":
                return self._page()
            case "style.css":
                return Reply(views.style(), "text/css; charset=utf-8")
            case "page.js":
                return Reply(views.script(), "text/javascript; charset=utf-8")
            case "report":
                return self._report(address)
        raise _no_such_page()

    def _page(self) -> Reply:
        run = self.server.state.running()
        bucket = names(run.stage).raw_bucket
        return Reply(views.page(overview(run), bucket, self.server.rules.max_file_bytes).encode())

    def _report(self, address: SplitResult) -> Reply:
        """Return the report of `?day=`, or of the last day with sales."""
        text = parse_qs(address.query, max_num_fields=1).get("day", [""])[0]
        with closing(Warehouse.connect(self.server.state.running().warehouse)) as warehouse:
            try:
                day = date.fromisoformat(text) if text else None
                return Reply(day_report(warehouse, day), policy=REPORT_POLICY)
            except RequestError as exc:
                raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(exc)) from exc
            except ValueError as exc:
                raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "This is not a day.") from exc

    def _put(self, address: SplitResult) -> Reply:
        try:
            action, name, size = self._intended(address)
        except RefusedRequestError:
            self._drain()
            raise
        with self._body(size) as content:
            return action(name, content, size)

    def _intended(self, address: SplitResult) -> tuple[Callable[[str, IO[bytes], int], Reply], str, int]:
        """Return what to do with a body, and the file's name and size; raise `RefusedRequestError` if nothing."""
        path = guard.inner_path(address, self.server.key)
        guard.check_key_header(self.headers, self.server.key)
        size = guard.body_size(self.headers, self.server.rules.max_file_bytes)
        name = guard.file_name(address)
        actions = {"check": self._check, "upload": self._upload}
        if path not in actions:
            raise _no_such_page()
        return actions[path], name, size

    def _check(self, name: str, content: IO[bytes], size: int) -> Reply:
        with self.server.one_check:
            report = reports.of_content(name, content, size, self.server.rules, MOST_ROWS)
        return Reply(views.check(report).encode())

    def _upload(self, name: str, content: IO[bytes], _size: int) -> Reply:
        uploads = Uploads(self.server.state)
        uploads.add_content(Path(name), name, content.read())
        [result] = uploads.results(OUTCOME_SECONDS)
        return Reply(views.result(result).encode())

    @contextmanager
    def _body(self, size: int) -> Iterator[IO[bytes]]:
        """Yield the body in a file without a name, which is gone however the page ends: it has customers' names."""
        with tempfile.TemporaryFile() as content:
            remaining = size
            while remaining:
                block = self.rfile.read(min(remaining, BLOCK))
                if not block:
                    raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "The file broke off on its way.")
                content.write(block)
                remaining -= len(block)
            content.seek(0)
            yield content

    def _drain(self) -> None:
        length = self.headers.get("Content-Length", "")
        if length.isascii() and length.isdecimal() and len(length) <= len(str(DRAINED)):
            self.rfile.read(min(int(length), DRAINED))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {"Content-Type": reply.kind, "Content-Length": str(len(reply.content))}
        for name, value in {**headers, "Content-Security-Policy": reply.policy, **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content)


def _sentence(status: HTTPStatus, sentence: str) -> Reply:
    return Reply(f"{sentence}\n".encode(), "text/plain; charset=utf-8", status=status)


def _no_such_page() -> RefusedRequestError:
    return RefusedRequestError(HTTPStatus.NOT_FOUND, "There is no such page.")
