"""The steps after the commit: archive and delete. A file whose parts are gone goes to `ingest` again."""

import logging
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from chalicelib.aws import reingest
from chalicelib.errors import (
    CafeEtlError,
    LateError,
    LockedError,
    MissingPartError,
    PartsSchemaError,
    ReconciliationError,
    SchemaError,
    UnexpectedError,
    UnreachableError,
    WarehouseError,
)
from chalicelib.log import log_event
from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets

FAILURES: Final = (WarehouseError, ClientError, BotoCoreError)
"""Errors that may be gone at the next attempt."""

MAY_QUOTE: Final = ParamValidationError
"""The one class of `FAILURES` whose message quotes values of the call."""

NOT_CAUSED_BY_A_FILE: Final = (UnreachableError, LockedError, LateError, SchemaError)
"""Errors that no file of a batch causes: trying each file alone would only take longer."""

ARCHIVED: Final = frozenset({Status.LOADED, Status.DUPLICATE, Status.SUPERSEDED, Status.WITHDRAWN})
"""Statuses of files with a copy in the archive. An erased or discarded file has none."""


def archive(buckets: Buckets, outcome: Outcome) -> tuple[LoadRequest, Exception | None]:
    """Archive a committed file and delete its raw object and its parts; every step may be repeated.

    A refused file stays in the raw bucket: nobody can redact a file that nobody can read. It gets a tag, by which the
    sweep knows it. A file from the archive is not in the raw bucket any more.
    """
    request = outcome.request
    try:
        # In this order: the raw object is deleted after its copy is stored, the parts when nothing needs them any more.
        if outcome.status in ARCHIVED:
            buckets.archive.store(outcome)
        if not request.archived_file_id:
            if outcome.status is Status.REFUSED:
                buckets.raw.tags.note_refused(request.source)
            else:
                buckets.raw.delete(request.source)
        buckets.staged.delete_of(request)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the other files are archived
        return request, without_words_of_file(exc)
    return request, None


def without_words_of_file(error: Exception) -> Exception:
    """Return an error that may be logged and sent: of a class that nobody expected, only the name and the place."""
    # ValueError("… 'Jo Bloggs' …") -> UnexpectedError("ValueError at connection.py:120, copy.py:12")
    may_be_shown = isinstance(error, (*FAILURES, CafeEtlError)) and not isinstance(error, MAY_QUOTE)
    return error if may_be_shown else UnexpectedError(error)


def reingest_if_lost(request: LoadRequest, error: Exception, buckets: Buckets, settings: Settings) -> bool:
    """Send the raw object of a request whose parts are gone to `ingest` again; return whether it was sent."""
    try:
        if not _is_lost(request, error, buckets):
            return False
        _send(request, buckets, settings)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the other files are sent
        _log_failure(request, exc)
        return False
    log_event("file_reingested", level=logging.WARNING, object_key=request.source.object_key, error=error)
    return True


def _send(request: LoadRequest, buckets: Buckets, settings: Settings) -> None:
    source = request.source
    reingest(
        settings.ingest_function,
        object_key=source.object_key,
        version_id=source.version_id,
        etag=source.etag,
    )
    buckets.staged.delete_of(request)


def _log_failure(request: LoadRequest, exc: Exception) -> None:
    log_event(
        "reingest_failed",
        level=logging.ERROR,
        object_key=request.source.object_key,
        error=type(exc).__name__,
    )


def _is_lost(request: LoadRequest, error: Exception, buckets: Buckets) -> bool:
    """Tell whether only `ingest` can help: a part is gone, or has other columns.

    Redshift's message about a missing part looks like those of other errors, so S3 is asked.
    """
    if isinstance(error, (MissingPartError, PartsSchemaError)):
        return True
    is_possible = isinstance(error, WarehouseError) and not isinstance(
        error, (*NOT_CAUSED_BY_A_FILE, ReconciliationError)
    )
    return is_possible and not buckets.staged.has_all(request)
