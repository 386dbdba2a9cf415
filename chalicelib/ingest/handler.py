"""The ingest of raw objects: each is read, staged and handed to the load. The steps are ordered here."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import unquote_plus

from chalicelib.aws import client
from chalicelib.errors import IngestError, SettingsError
from chalicelib.ingest import customers
from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.staging import Staging
from chalicelib.log import log_event
from chalicelib.model import LoadRequest, Rules
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import RawObject
from chalicelib.storage.staged import StagedParts


@dataclass(frozen=True, slots=True)
class CreatedObject:
    """What one record of an S3 event says."""

    key: str
    version_id: str
    etag: str
    sequencer: str

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Read a record; its key is URL-encoded, once."""
        found = record["s3"]["object"]
        return cls(
            key=unquote_plus(found["key"]),
            version_id=found.get("versionId", ""),
            etag=found.get("eTag", ""),
            sequencer=found.get("sequencer", ""),
        )


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Stage every object that the event names and ask for its load.

    Test events and folder markers are skipped. If an object fails, the others are staged all the same and then the
    error is raised, so that S3's event comes again; staging a file twice does no harm.
    """
    settings = Settings.from_environment()
    buckets = Buckets.from_settings(settings)
    key = hash_key(settings.hash_key_secret)
    requested, failed = 0, []
    for created in dict.fromkeys(_created(event)):
        try:
            requested += _ingest(created, buckets, key, settings)
        except Exception as exc:  # noqa: BLE001 - raised below, when the other objects are staged
            log_event("ingest_failed", level=logging.ERROR, object_key=created.key, error=exc)
            failed.append(exc)
    if failed:
        raise IngestError(f"{len(failed)} objects could not be staged: {failed[0]}") from failed[0]
    return {"requested": requested}


def _created(event: dict[str, Any]) -> Iterator[CreatedObject]:
    for record in event.get("Records", []):
        if record.get("eventName", "").startswith("ObjectCreated:"):
            created = CreatedObject.from_record(record)
            if not created.key.endswith("/"):
                yield created


def _ingest(created: CreatedObject, buckets: Buckets, key: bytes, settings: Settings) -> bool:
    """Stage one object; False if it is gone, which it is when it has been loaded."""
    with buckets.raw.open(
        created.key,
        version_id=created.version_id,
        etag=created.etag,
        sequencer=created.sequencer,
        max_bytes=settings.max_file_bytes,
    ) as raw:
        if raw is None:
            log_event("object_gone", object_key=created.key)
            return False
        request = stage_object(raw, buckets.staged, key, settings.rules)
    sqs = client("sqs")
    sqs.send_message(QueueUrl=_queue_url(settings.load_queue), MessageBody=request.to_json())
    log_event(
        "load_requested",
        object_key=created.key,
        ingest_id=request.ingest_id,
        rows_read=request.rows_read,
        reading=request.reading,
    )
    return True


def stage_object(raw: RawObject, parts: StagedParts, key: bytes, rules: Rules) -> LoadRequest:
    """Write an object's parts; return the request for its load, refused whole or not."""
    with Staging(secrets.randbits(63)) as staging:
        request = staged_request(raw, staging, key, rules)
        parts.write_all(request.parts, staging.finish())
        return request


@cache
def _queue_url(name: str) -> str:
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


@cache
def hash_key(secret: str) -> bytes:
    """Return the key of the customers' hashes, kept while the function stays warm."""
    text = client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != customers.KEY_BYTES:
        raise SettingsError(
            f"The secret {secret} (HASH_KEY_SECRET) is not {2 * customers.KEY_BYTES} hexadecimal digits."
        )
    return key
