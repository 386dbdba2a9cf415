"""The page's server: what it takes, from whom, and what it gives away. No cloud runs, so only checks are answered."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from chalicelib.model import Rules
from local.control import KEY_HEADER
from local.errors import LocalCloudError
from local.page import running
from local.page.server import NO_ANSWER, PAGE_POLICY, Server
from local.state import State
from tests.support.pipeline import csv_of, sale

LIMIT = 10_000
NAME = "leeds_25-08-2021.csv"


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Return a state without a cloud."""
    return State.open(tmp_path / "secret-folder")


@pytest.fixture
def server(state: State) -> Iterator[Server]:
    """Return a server of the page that takes small files."""
    with Server(state, Rules(max_file_bytes=LIMIT)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def answer(
    server: Server, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    """Send a request; return the status, the text and the headers of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers
    finally:
        connection.close()


def sent(
    server: Server, content: bytes, name: str = NAME, action: str = "check", **headers: str
) -> tuple[int, str]:
    """Send a file as the page does, or with other headers; return the status and the text of the answer."""
    fields = {KEY_HEADER: server.key, **headers}
    status, text, _ = answer(
        server, "PUT", f"/{server.key}/{action}?name={quote(name, safe='')}", content, **fields
    )
    return status, text


def test_a_file_is_checked_without_its_contents_in_the_answer(server: Server) -> None:
    spoiled = sale(2, total="0.01")
    status, text = sent(server, csv_of(sale(1), spoiled))

    assert status == 200
    assert "1 sale would be loaded" in text
    assert '<th scope="row">2</th><td>total</td>' in text
    assert not any(word in text for word in (spoiled[2], spoiled[3], spoiled[6]))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {KEY_HEADER: ""},
        {KEY_HEADER: "local"},
    ],
)
@pytest.mark.parametrize("action", ["check", "upload"])
def test_a_file_of_another_page_is_refused(server: Server, action: str, headers: dict[str, str]) -> None:
    status, text = sent(server, csv_of(sale()), action=action, **headers)

    assert status == 403
    assert text.count("\n") == 1


@pytest.mark.parametrize("path", ["/", "/page.js", "/KEY0/", "/report", "/KEY"])
def test_nothing_is_shown_without_the_key(server: Server, path: str) -> None:
    """Other users of the machine reach the port."""
    status, text, _ = answer(server, "GET", path.replace("KEY", server.key))

    assert status == 403
    assert server.key not in text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example:80"}])
def test_nothing_is_shown_to_other_pages_and_hosts(server: Server, headers: dict[str, str]) -> None:
    for path in ("", "page.js", "style.css", "report"):
        assert answer(server, "GET", f"/{server.key}/{path}", None, **headers)[0] == 403


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE", "HEAD"])
def test_other_methods_are_not_there(server: Server, method: str) -> None:
    """The question that a browser asks before it sends a header gets no permission."""
    status, _, headers = answer(server, method, f"/{server.key}/check?name={NAME}")

    assert status == 501
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_the_largest_file_is_taken_and_a_larger_one_refused_unread(server: Server) -> None:
    row = csv_of(sale())
    largest = row * (LIMIT // len(row))

    assert sent(server, largest + b"\n" * (LIMIT - len(largest)))[0] == 200
    assert sent(server, b"x" * (LIMIT + 1)) == (413, "The file is larger than 10,000 bytes.\n")
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as client:
        client.sendall(
            f"PUT /{server.key}/check?name=x HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n"
            f"{KEY_HEADER}: {server.key}\r\nContent-Length: 99999999999\r\n\r\n".encode()
        )
        assert client.recv(100).startswith(b"HTTP/1.0 413 ")


def test_a_file_that_breaks_off_is_not_checked(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as client:
        client.sendall(
            f"PUT /{server.key}/check?name=x HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n"
            f"{KEY_HEADER}: {server.key}\r\nContent-Length: 9000\r\n\r\nhalf".encode()
        )
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read().endswith(b"The file broke off on its way.\n")


def test_a_name_is_never_a_path_and_always_a_text(server: Server, state: State) -> None:
    before = sorted(state.folder.rglob("*"))

    assert sent(server, b"x", name="../leeds.csv")[0] == 400
    assert sent(server, b"x", name="..")[0] == 400
    status, text = sent(server, csv_of(sale()), name="<img src=x>.csv")

    assert (status, "<img" in text) == (200, False)
    assert "&lt;img src=x&gt;.csv" in text
    assert sorted(state.folder.rglob("*")) == before


def test_a_cloud_that_does_not_answer_is_said_without_a_path(server: Server) -> None:
    for status, text in (
        answer(server, "GET", f"/{server.key}/")[:2],
        answer(server, "GET", f"/{server.key}/report")[:2],
        sent(server, csv_of(sale()), action="upload"),
    ):
        assert (status, text) == (503, f"{NO_ANSWER}\n")


def test_a_fault_of_the_page_shows_its_details_in_the_terminal_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.reports.of_content", lambda *_arguments: 1 / 0)

    status, text = sent(server, b"x")

    assert (status, text) == (500, "The page could not do this; the terminal in which it runs says why.\n")
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_script_and_style_come_from_the_page_alone(server: Server) -> None:
    for path, kind in (("page.js", "text/javascript"), ("style.css", "text/css")):
        status, text, headers = answer(server, "GET", f"/{server.key}/{path}")

        assert (status, headers.get_content_type()) == (200, kind)
        assert headers["Content-Security-Policy"] == PAGE_POLICY
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
        assert "Python" not in headers["Server"]
        assert "http" not in text.replace("http-equiv", "")
    assert "unsafe" not in PAGE_POLICY


def test_a_state_has_one_page_at_a_time(state: State) -> None:
    with running.announced(state, "http://127.0.0.1:1/key/"):
        assert state.page.stat().st_mode & 0o077 == 0
        with (
            pytest.raises(LocalCloudError, match=r"The page is open already, at http://127\.0\.0\.1:1/key/$"),
            running.announced(state, "http://127.0.0.1:2/key/"),
        ):
            pass

    running.wait_until_ended(state)
    with running.announced(state, "http://127.0.0.1:2/key/"):
        assert state.page.read_text(encoding="ascii") == "http://127.0.0.1:2/key/"


def test_a_page_that_does_not_end_is_said(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "END_SECONDS", 0.1)

    with running.announced(state, ""), pytest.raises(LocalCloudError, match="press Ctrl-C where it runs"):
        running.wait_until_ended(state)
