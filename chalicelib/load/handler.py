"""The function `load`: it loads and archives batches, sends notices, and returns the messages that failed."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from chalicelib.errors import PartsSchemaError, UnexpectedError, UnreachableError
from chalicelib.load import mails
from chalicelib.load.batch import Results, load_and_archive
from chalicelib.load.drain import drain
from chalicelib.load.messages import Message, batches, messages_of
from chalicelib.load.post_commit import reingest_if_lost
from chalicelib.load.queue import LoadQueue, Record
from chalicelib.load.visibility import hide, postpone
from chalicelib.log import log_event, put_metrics
from chalicelib.model import LoadRequest, Outcome
from chalicelib.people import metrics
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets
from chalicelib.warehouse.migrations import SCHEMA_VERSION

WORK_SHARE: Final = 0.5
"""The share of the function's timeout after which no new load is begun."""


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """Load the requests of a batch of messages; return those that failed, so that only they are delivered again.

    An event without messages, such as a schedule's, asks for all that wait on the queue; then return their counts.
    """
    return load(event, Settings.from_environment(), now=lambda: datetime.now(UTC).replace(tzinfo=None))


def load(event: dict[str, Any], settings: Settings, *, now: Callable[[], datetime]) -> dict[str, Any]:
    """Do what `handle` does. `now` returns the time in UTC."""
    # A load that begins just before this time has the other half of the timeout, for its archiving, too.
    until = time.monotonic() + settings.load_timeout * WORK_SHARE

    def load_records(records: Sequence[Record]) -> list[str]:
        return _load_records(records, settings, until, now)

    if "Records" not in event:
        return drain(LoadQueue(settings), load_records, until=until)
    failed_ids = load_records(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed_ids]}


def _load_records(
    records: Sequence[Record], settings: Settings, until: float, now: Callable[[], datetime]
) -> list[str]:
    """Load the requests of messages; return the ids of the messages that failed."""
    buckets = Buckets.from_settings(settings)
    messages, failed = messages_of({"Records": records})
    hide([*failed, *chain.from_iterable(messages.values())], settings)
    outcomes, errors = _load(messages, buckets, settings, until)
    errors = _reingest_lost(errors, buckets, settings)
    # A file has several messages if its event was delivered more than once: all of them are delivered again.
    failed += chain.from_iterable(messages[request] for request in errors)
    postpone(failed, settings)
    _report(outcomes, errors)
    _notify(outcomes, _first_surprises(errors, messages), settings)
    put_metrics({metrics.MINUTES_FAILING: _minutes_failing(failed, now())}, settings.metrics_namespace)
    return [message.message_id for message in failed]


def _minutes_failing(failed: Iterable[Message], now: datetime) -> int:
    """Return for how many minutes the message that has failed for the longest has done so; 0 if none failed."""
    seconds = [(now - message.first_received).total_seconds() for message in failed if message.first_received]
    return int(max(seconds, default=0)) // 60


def _load(
    messages: Mapping[LoadRequest, Sequence[Message]], buckets: Buckets, settings: Settings, until: float
) -> Results:
    """Load the requests batch by batch. Parts of another schema cannot be loaded: their requests have an error."""
    loadable = {
        request: sent for request, sent in messages.items() if request.schema_version == SCHEMA_VERSION
    }
    outcomes: list[Outcome] = []
    errors: dict[LoadRequest, Exception] = {
        request: PartsSchemaError(f"Its parts are of schema {request.schema_version}, not {SCHEMA_VERSION}.")
        for request in messages
        if request not in loadable
    }
    away: UnreachableError | None = None
    for batch in batches(loadable):
        if away:
            # A warehouse that does not answer one batch does not answer the next: each would wait for half a minute.
            errors |= dict.fromkeys(batch, away)
            continue
        batch_outcomes, batch_errors = load_and_archive(batch, buckets, settings, until=until)
        outcomes += batch_outcomes
        errors |= batch_errors
        away = next((exc for exc in batch_errors.values() if isinstance(exc, UnreachableError)), None)
    return outcomes, errors


def _reingest_lost(
    errors: Mapping[LoadRequest, Exception], buckets: Buckets, settings: Settings
) -> dict[LoadRequest, Exception]:
    """Send each file whose parts cannot be loaded any more to `ingest` again; return the errors that remain."""
    remaining = {}
    for request, error in errors.items():
        if not reingest_if_lost(request, error, buckets, settings):
            remaining[request] = error  # noqa: PERF403 - the condition has effects
    return remaining


def _report(outcomes: Sequence[Outcome], errors: Mapping[LoadRequest, Exception]) -> None:
    """Log every outcome and error."""
    for outcome in outcomes:
        _log_outcome(outcome)
    for request, error in errors.items():
        log_event("load_failed", level=logging.ERROR, object_key=request.source.object_key, error=error)


def _first_surprises(
    errors: Mapping[LoadRequest, Exception], messages: Mapping[LoadRequest, Sequence[Message]]
) -> dict[LoadRequest, Exception]:
    """Return the errors that nobody expected, each at its message's first delivery: a notice of it is sent once."""
    return {
        request: error
        for request, error in errors.items()
        if isinstance(error, UnexpectedError) and all(message.receives == 1 for message in messages[request])
    }


def _notify(
    outcomes: Sequence[Outcome], surprises: Mapping[LoadRequest, Exception], settings: Settings
) -> None:
    """Send mails and metrics of the news. No failure here undoes a load."""
    # A file that left the ledger unchanged was reported when it was loaded.
    news = [outcome for outcome in outcomes if not outcome.is_unchanged]
    mails.send(news, surprises, settings)
    if news:
        put_metrics(metrics.of_load(news), settings.metrics_namespace)


def _log_outcome(outcome: Outcome) -> None:
    request = outcome.request
    log_event(
        "file_decided",
        object_key=request.source.object_key,
        ingest_id=request.ingest_id,
        status=outcome.status,
        unchanged=outcome.is_unchanged,
        reason=outcome.reason,
        rows_read=request.rows_read,
        rows_rejected=request.rows_rejected,
        items=request.items,
        total=request.total,
    )
