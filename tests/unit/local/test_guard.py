"""Which requests the endpoint of a local cloud carries out."""

from typing import Any
from urllib.parse import quote

import pytest

from local.cloud import guard

KEY = "9f2c0d1e"
SIGNED = (
    f"AWS4-HMAC-SHA256 Credential={KEY}/20211126/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)


def environ(path: str = "/ads-raw-data", method: str = "GET", **more: str) -> dict[str, Any]:
    """Return a request on loopback, signed with the right key."""
    request = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": ""}
    return {**request, "HTTP_HOST": "127.0.0.1:38713", "HTTP_AUTHORIZATION": SIGNED, **more}


def status(**more: str) -> int:
    """Return the status of the refusal of a request; 0 if it is carried out."""
    refusal = guard.refusal(environ(**more), KEY)
    return refusal.status if refusal else 0


@pytest.mark.parametrize("host", ["127.0.0.1:38713", "localhost", "LocalHost:80"])
def test_a_signed_request_to_loopback_is_carried_out(host: str) -> None:
    assert status(HTTP_HOST=host) == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:38713",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1:38713\nevil.example",
        "ads-raw-data.localhost",
        "0.0.0.0:38713",
        "",
    ],
)
def test_another_host_gets_no_answer_even_with_the_key(host: str) -> None:
    """A page may have a host of its own that resolves to loopback."""
    assert status(HTTP_HOST=host) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8000", ""])
@pytest.mark.parametrize("path", ["/", "/ads-raw-data", "/_local/status", "/moto-api/"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_page_of_any_origin_gets_an_answer_even_with_the_key(origin: str, path: str, method: str) -> None:
    """The question that a browser asks before it sends a header is refused, too."""
    request = {"method": method, "path": path, "HTTP_ORIGIN": origin, "HTTP_X_CAFE_ETL_KEY": KEY}

    assert status(**request) == 403


@pytest.mark.parametrize(
    "signature",
    [
        "",
        SIGNED.replace(KEY, "local"),
        SIGNED.replace(KEY, KEY[:-1]),
        SIGNED.replace(KEY, f"{KEY}0"),
        SIGNED.replace(KEY, f"x.{KEY}"),
        SIGNED.replace(KEY, "é"),
        f"Bearer {KEY}",
        f"AWS {KEY}",
    ],
)
def test_a_request_without_the_key_is_refused(signature: str) -> None:
    assert status(HTTP_AUTHORIZATION=signature) == 403


@pytest.mark.parametrize(
    "signature", [SIGNED.replace(KEY, f"{KEY}.cafe-etl-local-load"), f"AWS {KEY}:c2lnbmF0dXJl"]
)
def test_a_function_s_key_and_an_old_signature_name_the_key_too(signature: str) -> None:
    assert status(HTTP_AUTHORIZATION=signature) == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"X-Amz-Credential={quote(KEY + '/20211126/eu-west-1/s3/aws4_request', safe='')}", 0),
        (f"AWSAccessKeyId={KEY}&Signature=0", 0),
        ("AWSAccessKeyId=local&Signature=0", 403),
        (f"key={KEY}", 403),
    ],
)
def test_the_key_may_stand_in_a_presigned_url(query: str, expected: int) -> None:
    assert status(HTTP_AUTHORIZATION="", QUERY_STRING=query) == expected


@pytest.mark.parametrize(
    "path", ["/moto-api/", "/moto-api/reset", "/moto-api", "/latest/meta-data/iam/", "/favicon.ico"]
)
def test_moto_s_own_pages_are_not_there_even_with_the_key(path: str) -> None:
    assert status(path=path, method="POST") == 404


@pytest.mark.parametrize("path", ["/_local/status", "/_local/reset", "/_local/deploy", "/_local/"])
def test_a_control_request_needs_post_and_its_header(path: str) -> None:
    """A signature is not enough: a presigned URL in an image would have one."""
    assert status(path=path, HTTP_X_CAFE_ETL_KEY=KEY) == 405
    assert status(path=path, method="POST") == 403
    assert status(path=path, method="POST", HTTP_X_CAFE_ETL_KEY="local") == 403
    assert status(path=path, method="POST", HTTP_X_CAFE_ETL_KEY=KEY) == 0
