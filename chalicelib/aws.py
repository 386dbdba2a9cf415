"""AWS for every wing: clients, the error codes that mean "gone", and sending a raw object to `ingest` again.

A function in a VPC whose subnet has no way out gets no answer from AWS at all. botocore would try for longer than the
function lives; these clients give up soon, and say what is missing.
"""

import json
from functools import cache
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from chalicelib.errors import AwsUnreachableError

CONNECT_SECONDS: Final = 5
"""Seconds for a connection to AWS. One that is possible at all takes some milliseconds."""

ATTEMPTS: Final = 2
"""Attempts at a call. Whatever fails twice is tried again later: by the queue, by Lambda or by the next sweep."""

CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    connect_timeout=CONNECT_SECONDS,
    read_timeout=60,
)

ONLY_IPV4: Final = Config(use_dualstack_endpoint=False)
"""The API of clusters has no endpoint for IPv6, even if AWS_USE_DUALSTACK_ENDPOINT asks for that of each service."""

GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
"""The codes with which S3 says that an object, or a version of it, does not exist."""

OWNERS: Final = frozenset({"ExpectedBucketOwner", "ExpectedSourceBucketOwner"})
"""The parameters of S3 that name the account of a bucket, and of the bucket that an object is copied from."""

REINGEST_EVENT: Final = "ObjectCreated:Reingest"


@cache
def client(service: str, bucket_owner: str = "") -> Any:
    """Return the client of a service, in the region and with the role of the function.

    It is made when it is first needed, and kept for as long as the function stays warm. A client of S3 gets the account
    that owns the buckets, so that S3 refuses those of anybody else.
    """
    made = new_client(service)
    if bucket_owner:
        expect_owner(made, bucket_owner)
    return made


def new_client(service: str, region: str | None = None) -> Any:
    """Return a new client of a service, in the function's region or another. A call raises `AwsUnreachableError`."""
    config = CONFIG.merge(ONLY_IPV4) if service == "redshift" else CONFIG
    made = boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]
    made.meta.events.register("after-call-error", _explain)
    return made


def _explain(exception: Exception, **_: Any) -> None:
    """Raise an error that says what a subnet needs, if a call could not even connect."""
    if isinstance(exception, ConnectTimeoutError | EndpointConnectionError):
        address = urlsplit(exception.kwargs["endpoint_url"])
        raise AwsUnreachableError(
            f"Could not reach {address.scheme}://{address.netloc}. The subnet of a function in a VPC needs a way out to"
            " AWS: a NAT gateway, endpoints for the services, or IPv6 with an egress-only internet gateway."
        ) from exception


def expect_owner(s3: Any, account: str) -> None:
    """Let S3 refuse each call of a client on a bucket that does not belong to an account, whatever its name."""

    def name_owner(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        # Whoever uses a presigned address would have to send the owner as well, and does not know it.
        if not context.get("is_presign_request"):
            params.update(dict.fromkeys(OWNERS & model.input_shape.members.keys(), account))

    s3.meta.events.register("provide-client-params.s3", name_owner)


@cache
def queue_url(name: str) -> str:
    """Return the URL of a queue of this account. It is asked for once, as long as the function stays warm."""
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def error_code(error: ClientError) -> str:
    """Return the service's code for an error, such as `NoSuchKey`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_gone(error: ClientError) -> bool:
    """Tell whether S3 says that the object does not exist."""
    return error_code(error) in GONE


def reingest(function: str, *, object_key: str, version_id: str, etag: str) -> None:
    """Ask the function `ingest` to read a version of a raw object again, without waiting for the result."""
    event = {"Records": [created_record(object_key, version_id, etag)]}
    client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))


def created_record(object_key: str, version_id: str, etag: str) -> dict[str, Any]:
    """Return S3's record of a new object, as far as `ingest` reads it.

    The record has no sequencer: only S3's own event has one, and it is not stored.
    """
    s3_object = {"key": quote_plus(object_key), "eTag": etag, "versionId": version_id}
    return {"eventName": REINGEST_EVENT, "s3": {"object": s3_object}}
