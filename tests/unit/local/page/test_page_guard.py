"""Which requests the page carries out."""

from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import pytest

from local.page import guard

PORT = 38713
KEY = "9f2c0d1e"


def headers(**fields: str) -> Message:
    """Return the headers of a request."""
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def status(check: Callable[..., object], *arguments: object) -> int:
    """Return the status of the refusal of a request; 0 if it is carried out."""
    try:
        check(*arguments)
    except guard.RefusedRequestError as exc:
        return exc.status
    return 0


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LocalHost:{PORT}"])
def test_the_page_answers_its_own_host_and_its_own_pages(host: str) -> None:
    assert status(guard.check_sender, headers(Host=host), PORT) == 0
    assert status(guard.check_sender, headers(Host=host, Origin=f"http://{host.lower()}"), PORT) == 0


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:80",
        f"evil.example:{PORT}",
        f"127.0.0.1.evil.example:{PORT}",
        f"evil.example@127.0.0.1:{PORT}",
        f"0.0.0.0:{PORT}",
    ],
)
def test_another_host_gets_no_answer(host: str) -> None:
    """A page may have a host of its own that resolves to loopback."""
    assert status(guard.check_sender, headers(Host=host), PORT) == HTTPStatus.FORBIDDEN
    assert (
        status(guard.check_sender, headers(Host=host, Origin=f"http://{host}"), PORT) == HTTPStatus.FORBIDDEN
    )


def test_a_request_without_a_host_gets_no_answer() -> None:
    assert status(guard.check_sender, headers(), PORT) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        "http://127.0.0.1:8000",
        f"https://127.0.0.1:{PORT}",
        "http://127.0.0.1",
    ],
)
def test_a_page_of_another_origin_gets_no_answer(origin: str) -> None:
    request = headers(Host=f"127.0.0.1:{PORT}", Origin=origin)

    assert status(guard.check_sender, request, PORT) == HTTPStatus.FORBIDDEN


def test_the_path_follows_the_key() -> None:
    assert guard.inner_path(urlsplit(f"/{KEY}/"), KEY) == ""
    assert guard.inner_path(urlsplit(f"/{KEY}/report?day=2022-03-14"), KEY) == "report"


@pytest.mark.parametrize(
    "path", ["", "/", f"/{KEY}", "/report", f"/{KEY}0/", f"/{KEY[:-1]}/", "//", "/é/", f"//{KEY}/"]
)
def test_nothing_is_there_without_the_key(path: str) -> None:
    assert status(guard.inner_path, urlsplit(path), KEY) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("value", ["", "local", f"{KEY}0", "é"])
def test_a_file_needs_the_key_in_a_header_of_its_own(value: str) -> None:
    assert status(guard.check_key_header, headers(X_Cafe_Etl_Key=KEY), KEY) == 0
    assert status(guard.check_key_header, headers(X_Cafe_Etl_Key=value), KEY) == HTTPStatus.FORBIDDEN
    assert status(guard.check_key_header, headers(Authorization=KEY), KEY) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("0", 0),
        ("100", 0),
        ("101", 413),
        ("9" * 5_000, 413),
        ("", 411),
        ("-1", 411),
        ("1_0", 411),
        ("²", 411),
        ("ten", 411),
    ],
)
def test_a_body_has_a_size_within_the_limit(length: str, expected: int) -> None:
    assert status(guard.body_size, headers(Content_Length=length), 100) == expected


def test_a_body_of_unknown_size_is_refused() -> None:
    assert status(guard.body_size, headers(), 100) == HTTPStatus.LENGTH_REQUIRED
    chunked = headers(Transfer_Encoding="chunked", Content_Length="5")
    assert status(guard.body_size, chunked, 100) == HTTPStatus.LENGTH_REQUIRED


@pytest.mark.parametrize(
    "name",
    [
        "leeds.csv",
        "Zoë & Söhne.csv",
        "a+b=c?.csv",
        "<script>.csv",
        "..csv",
        "line\nbreak.csv",
        "\u202evsc.exe",
    ],
)
def test_a_file_keeps_its_name(name: str) -> None:
    """One that the pipeline refuses gets the sentence of the pipeline."""
    assert guard.file_name(urlsplit(f"/{KEY}/check?name={quote(name, safe='')}")) == name


@pytest.mark.parametrize(
    "query",
    [
        "",
        "name=",
        "name=.",
        "name=..",
        "name=..%2F..%2Fetc%2Fpasswd",
        "name=%2Ftmp%2Fx",
        "name=x%00.csv",
        "name=%ff.csv",
        "name=%ed%a0%80.csv",
        "name=a.csv&name=b.csv",
        "other=a.csv",
        f"name={'x' * 1_025}",
    ],
)
def test_a_name_that_no_object_can_have_is_refused(query: str) -> None:
    assert status(guard.file_name, urlsplit(f"/{KEY}/check?{query}")) == HTTPStatus.BAD_REQUEST
