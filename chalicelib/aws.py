"""AWS for every wing: clients, the error codes that mean "gone", and sending a raw object to `ingest` again."""

import json
from functools import cache
from typing import Any, Final
from urllib.parse import quote_plus

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

RETRIES: Final = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)

GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
"""The codes with which S3 says that an object, or a version of it, does not exist."""

REINGEST_EVENT: Final = "ObjectCreated:Reingest"


@cache
def client(service: str) -> Any:
    """Return the client of a service, in the region and with the role of the function.

    It is made when it is first needed, and kept for as long as the function stays warm.
    """
    return boto3.client(service, config=RETRIES)  # type: ignore[call-overload]


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
