"""The ingest function: for each raw object of an event, read it, stage its parts and request its load."""

import logging
import secrets
from functools import cache
from typing import Any

from chalicelib.aws import client, queue_url
from chalicelib.errors import IngestError, SettingsError
from chalicelib.ingest import customers
from chalicelib.ingest.events import NamedObject, named_objects
from chalicelib.ingest.intake import staged_request
from chalicelib.ingest.staging import Staging
from chalicelib.log import log_event
from chalicelib.model import LoadRequest, Rules
from chalicelib.people.quantities import quantity
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import RawObject, is_possible_key
from chalicelib.storage.staged import StagedParts


def handle(event: Any) -> dict[str, Any]:
    """Stage every object that an event of S3 says was created, and request its load.

    Test events, folder markers and keys that the ledger cannot hold are skipped. If an object fails, or a part of the
    event is not one of S3, the others are staged nevertheless; then `IngestError` is raised, so that the event is
    delivered again. That does no harm.
    """
    settings = Settings.from_environment()
    buckets = Buckets.from_settings(settings)
    objects, errors = named_objects(event)
    for error in errors:
        log_event("no_s3_event", level=logging.ERROR, error=error)
    requested, failed = 0, list[Exception](errors)
    for created in objects:
        try:
            if created.is_created and is_possible_key(created.key):
                requested += _ingest(created, buckets, settings)
        except Exception as exc:  # noqa: BLE001 - raised below, when the rest is staged
            log_event("ingest_failed", level=logging.ERROR, object_key=created.key, error=exc)
            failed.append(exc)
    if failed:
        raise IngestError(f"{quantity(len(failed), 'object')} could not be staged: {failed[0]}") from failed[
            0
        ]
    return {"requested": requested}


def _ingest(created: NamedObject, buckets: Buckets, settings: Settings) -> bool:
    """Stage one object and request its load; return False if it is no file, or gone, for example after its load."""
    hash_key = fetched_hash_key(settings.hash_key_secret)
    with buckets.raw.open(
        created.key,
        version_id=created.version_id,
        etag=created.etag,
        sequencer=created.sequencer,
        max_bytes=settings.rules.max_file_bytes,
    ) as raw:
        if raw is None:
            log_event("object_gone", object_key=created.key)
            return False
        if raw.is_folder_marker:
            return False
        request = stage_object(raw, buckets.staged, hash_key, settings.rules)
    client("sqs").send_message(QueueUrl=queue_url(settings.load_queue), MessageBody=request.to_json())
    log_event(
        "load_requested",
        object_key=created.key,
        ingest_id=request.ingest_id,
        rows_read=request.rows_read,
        reading=request.reading,
    )
    return True


def stage_object(raw: RawObject, parts: StagedParts, hash_key: bytes, rules: Rules) -> LoadRequest:
    """Write an object's parts and return the request for its load; a refused file has a request, too."""
    # A positive bigint of its own for each run: the parts of two runs on the same file never mix.
    with Staging(secrets.randbits(63), hash_key) as staging:
        request = staged_request(raw, staging, rules)
        parts.write_all(request, staging.packed)
        return request


@cache
def fetched_hash_key(secret: str) -> bytes:
    """Return the hash key in a secret; raise `SettingsError` if the secret contains none.

    It is fetched once per process, so a new key counts from the next cold start on.
    """
    text = client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    try:
        hash_key = bytes.fromhex(text.strip())
    except ValueError:
        hash_key = b""
    if len(hash_key) != customers.KEY_BYTES:
        raise SettingsError(
            f"The secret {secret} (HASH_KEY_SECRET) is not {2 * customers.KEY_BYTES} hexadecimal digits."
        )
    return hash_key
