"""Raw objects that are sent to `ingest` once more, as S3's own event would."""

import json
from typing import Any, Final
from urllib.parse import quote_plus

from chalicelib.aws import client

EVENT_NAME: Final = "ObjectCreated:Resent"


def resend(function: str, *, object_key: str, version_id: str, etag: str) -> None:
    """Have `ingest` read a version of a raw object again, when it comes to it.

    No sequencer is sent: it was the first event's, and nobody keeps it.
    """
    event = {"Records": [record(object_key, version_id, etag)]}
    client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))


def record(object_key: str, version_id: str, etag: str) -> dict[str, Any]:
    """Return what S3 says of a new object, as far as `ingest` reads it."""
    found = {"key": quote_plus(object_key), "eTag": etag, "versionId": version_id}
    return {"eventName": EVENT_NAME, "s3": {"object": found}}
