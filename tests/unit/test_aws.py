"""Clients of AWS: what they do when AWS does not answer, and on buckets that may be somebody else's."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import urllib3

from chalicelib import aws
from chalicelib.errors import AwsUnreachableError, SettingsError, UnreachableError
from chalicelib.ingest.handler import fetched_hash_key
from chalicelib.settings import Settings
from chalicelib.warehouse import redshift
from infra.accounts import Account

OWNER = "123456789012"
SETTINGS = Settings("raw", "processed", "", "", f"arn:aws:sns:eu-west-1:{OWNER}:n", "", "", "CafeEtl")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no client have another address than AWS's, and no credentials of anybody."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    aws.client.cache_clear()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the connection timeouts of all attempts from now on; none of them gets an answer."""
    timeouts: list[float] = []

    def no_answer(*_: Any, timeout: Any, **__: Any) -> None:
        timeouts.append(timeout.connect_timeout)
        raise urllib3.exceptions.ConnectTimeoutError

    monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool._make_request", no_answer)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return timeouts


CALLS: dict[str, Callable[[], object]] = {
    "s3": lambda: aws.client("s3", OWNER).list_objects_v2(Bucket="raw"),
    "sqs": lambda: aws.queue_url.__wrapped__("load"),
    "lambda": lambda: aws.reingest("ingest", object_key="a", version_id="1", etag="e"),
    "redshift-serverless": lambda: redshift.arguments("redshift-serverless://cafe/sales"),
    "redshift": lambda: redshift.arguments("redshift://cafe/sales?region=eu-west-2"),
    "secretsmanager": lambda: fetched_hash_key.__wrapped__("secret"),
}


@pytest.mark.parametrize("service", CALLS)
def test_a_call_that_cannot_connect_is_given_up_soon_and_says_what_a_subnet_needs(
    attempts: list[float], service: str
) -> None:
    """Two attempts of five seconds: an error that comes after the function's time helps nobody."""
    with pytest.raises(UnreachableError) as failed:
        CALLS[service]()

    assert len(attempts) == 2
    assert all(seconds == 5 for seconds in attempts)
    sentence = str(failed.value)
    assert isinstance(failed.value, AwsUnreachableError)
    assert sentence.startswith("Could not reach https://")
    assert service in sentence
    assert all(words in sentence for words in ("subnet", "NAT gateway", "endpoints", "IPv6"))


def sent(client: Any) -> list[Any]:
    """Return the list of the requests that a client sends from now on. Nothing leaves the process."""
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> Any:
        requests.append(request)
        return SimpleNamespace(status_code=200, headers={}, content=b"", text="")

    client.meta.events.register("before-send", answer)
    return requests


@pytest.mark.parametrize(
    "make",
    [
        lambda: aws.client("s3", SETTINGS.account),
        lambda: Account(OWNER, "eu-west-1", boto3.Session()).client("s3"),
    ],
    ids=["functions", "infra"],
)
def test_each_call_of_s3_names_the_owner_of_the_bucket(make: Callable[[], Any]) -> None:
    """A bucket's name can be guessed: somebody else may have taken it before."""
    s3 = make()
    requests = sent(s3)

    s3.put_object(Bucket="b", Key="k", Body=b"")
    s3.head_object(Bucket="b", Key="k")
    s3.delete_object(Bucket="b", Key="k", VersionId="1")
    s3.copy_object(Bucket="b", Key="k", CopySource={"Bucket": "b", "Key": "j"})

    assert [request.headers["x-amz-expected-bucket-owner"].decode() for request in requests] == [OWNER] * 4
    assert requests[-1].headers["x-amz-source-expected-bucket-owner"].decode() == OWNER


def test_calls_without_an_owner_and_presigned_addresses_have_none() -> None:
    """Who uploads to a presigned address would have to send the owner as well."""
    s3 = aws.client("s3", OWNER)
    requests = sent(s3)

    s3.create_bucket(Bucket="b", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    address = s3.generate_presigned_url("put_object", {"Bucket": "b", "Key": "k"})

    assert "x-amz-expected-bucket-owner" not in requests[0].headers
    assert "owner" not in address


def test_a_topic_without_an_account_is_named() -> None:
    with pytest.raises(SettingsError, match="NOTICE_TOPIC"):
        _ = Settings("raw", "processed", "", "", "notices", "", "", "CafeEtl").account
