"""The ingest of raw objects: each is read, staged and handed to the load. The steps are ordered here."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, Self
from urllib.parse import unquote_plus

from chalicelib import parsing, privacy, splitting
from chalicelib.clients import client
from chalicelib.csv_rows import decoded
from chalicelib.errors import IngestError, SettingsError, SourceFileError
from chalicelib.model import LoadRequest
from chalicelib.reporting import log_event
from chalicelib.settings import Settings
from chalicelib.staging import Staging
from chalicelib.storage import RawObject, Storage

LONGEST_KEY = 900
"""Bytes of an object's key: S3 takes 1,024, and the archive's key is longer than the file's own."""


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
    storage = Storage(
        client("s3"), raw_bucket=settings.raw_bucket, processed_bucket=settings.processed_bucket
    )
    key = hash_key(settings.hash_key_secret)
    requested, failed = 0, []
    for created in dict.fromkeys(_created(event)):
        try:
            requested += _ingest(created, storage, key, settings.load_queue)
        except Exception as exc:  # noqa: BLE001 - raised below, when the other objects are staged
            log_event("ingest_failed", level=logging.ERROR, object_key=created.key, error=type(exc).__name__)
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


def _ingest(created: CreatedObject, storage: Storage, key: bytes, queue: str) -> bool:
    """Stage one object; False if it is gone, which it is when it has been loaded."""
    with storage.raw_object(
        created.key, version_id=created.version_id, etag=created.etag, sequencer=created.sequencer
    ) as raw:
        if raw is None:
            log_event("object_gone", object_key=created.key)
            return False
        request = stage_object(raw, storage, key)
    sqs = client("sqs")
    sqs.send_message(QueueUrl=_queue_url(queue), MessageBody=request.to_json())
    log_event(
        "load_requested", object_key=created.key, ingest_id=request.ingest_id, rows_read=request.rows_read
    )
    return True


def stage_object(raw: RawObject, storage: Storage, key: bytes) -> LoadRequest:
    """Write an object's parts; return the request for its load, refused whole or not."""
    with Staging(secrets.randbits(63)) as staging:
        request = staged_request(raw, staging, key)
        storage.write_parts(request.parts, staging.finish())
        return request


def staged_request(raw: RawObject, staging: Staging, key: bytes) -> LoadRequest:
    """Stage an object; return the request for its load, refused whole or not."""
    refusal = None
    try:
        stage(raw.content, key, staging, object_key=raw.version.object_key)
    except SourceFileError as exc:
        refusal = exc
    return staging.request(
        raw.version,
        content_sha256=raw.content_sha256,
        hash_key_id=privacy.key_id(key),
        refusal=refusal,
    )


def stage(content: IO[bytes], key: bytes, staging: Staging, *, object_key: str = "") -> None:
    """Write a file's parts; raise `SourceFileError` if it is refused whole, its refused rows being written by then."""
    if len(object_key.encode()) > LONGEST_KEY:
        raise SourceFileError("long_key", f"The file's name is longer than {LONGEST_KEY} letters.")
    text = decoded(content)
    try:
        for chunk in parsing.read(text, parsing.recognise(text)):
            baskets = splitting.split(chunk.sales)
            sales = chunk.sales
            if baskets.faults:
                sales = sales[~sales["line_number"].isin(baskets.faults)]
            staging.write(sales, privacy.customer_hashes(sales["customer_name"], key), baskets)
            staging.reject(chunk.faults | baskets.faults)
    finally:
        text.detach()
    if not staging.sales:
        raise SourceFileError(
            "no_valid_row", f"None of the file's {staging.rejected:,} rows is a sale without a mistake."
        )


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
    if len(key) != privacy.KEY_BYTES:
        raise SettingsError(
            f"The secret {secret} (HASH_KEY_SECRET) is not {2 * privacy.KEY_BYTES} hexadecimal digits."
        )
    return key
