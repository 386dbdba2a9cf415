"""What is done when a file is committed: archive, delete; and what helps a file whose parts are gone."""

import logging
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import (
    LateError,
    LockedError,
    MissingPartError,
    ReconciliationError,
    UnreachableError,
    WarehouseError,
)
from chalicelib.model import LoadRequest, Outcome
from chalicelib.people.notices import log_event
from chalicelib.resending import resend
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Storage

FAILURES: Final = (WarehouseError, ClientError, BotoCoreError)
"""What may go better the next time."""

NOBODYS_FAULT: Final = (UnreachableError, LockedError, LateError)
"""What no file of a batch has done, so that trying each alone would only take longer."""


def finish(storage: Storage, outcome: Outcome) -> tuple[LoadRequest, Exception | None]:
    """Archive and delete what is left of a committed file; every step may be repeated.

    A refused file stays in the raw bucket: what nobody can read nobody can redact. What comes from the archive never
    was in the raw bucket, or has left it.
    """
    request = outcome.request
    try:
        if not request.reason:
            storage.archive.keep(outcome)
            if not request.archived_file_id:
                storage.delete_raw(request.source)
        storage.delete_parts(request)
    except FAILURES as exc:
        return request, exc
    return request, None


def resent(request: LoadRequest, exc: Exception, storage: Storage, settings: Settings) -> bool:
    """Send the raw object of a request whose parts are gone to `ingest` again; tell whether that was it."""
    source = request.source
    try:
        if not _is_lost(request, exc, storage):
            return False
        resend(
            settings.ingest_function,
            object_key=source.object_key,
            version_id=source.version_id,
            etag=source.etag,
        )
        storage.delete_parts(request)
    except FAILURES as failure:
        log_event(
            "resend_failed", level=logging.ERROR, object_key=source.object_key, error=type(failure).__name__
        )
        return False
    log_event("file_resent", level=logging.WARNING, object_key=source.object_key, error=exc)
    return True


def _is_lost(request: LoadRequest, exc: Exception, storage: Storage) -> bool:
    """Tell whether a part is gone. Redshift's own words on that are not told from others: S3 is asked."""
    is_told = isinstance(exc, MissingPartError)
    is_possible = isinstance(exc, WarehouseError) and not isinstance(
        exc, (*NOBODYS_FAULT, ReconciliationError)
    )
    return is_told or (is_possible and not storage.has_parts(request))
