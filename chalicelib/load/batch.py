"""One batch of requests: loaded together or, if that fails, each alone; then archived."""

import logging
import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from chalicelib.errors import LateError, SettingsError, TransientError
from chalicelib.load.post_commit import NOT_CAUSED_BY_A_FILE, archive, without_words_of_file
from chalicelib.load.transaction import disconnect, load_together
from chalicelib.log import log_event
from chalicelib.model import LoadRequest, Outcome
from chalicelib.settings import Settings
from chalicelib.storage.buckets import Buckets

ATTEMPTS: Final = 4
"""Attempts at a load that meets a passing failure, before its messages go back to the queue."""

THREADS: Final = 8
"""Files that are archived at a time; each waits for S3 most of the time."""

Results = tuple[list[Outcome], dict[LoadRequest, Exception]]
"""The outcomes of the requests that were loaded, and the errors of those that were not."""


def load_and_archive(
    requests: Sequence[LoadRequest], buckets: Buckets, settings: Settings, *, until: float = math.inf
) -> Results:
    """Load requests, and do the steps after the commit. An outcome whose archiving failed has an error, too."""
    outcomes, errors = load(requests, buckets, settings, until=until)
    # A file whose archiving fails is committed already: its message is delivered again and brings nothing new, and
    # the file is archived then.
    with ThreadPoolExecutor(THREADS) as pool:
        archived = list(pool.map(partial(archive, buckets), outcomes))
    return outcomes, errors | {request: exc for request, exc in archived if exc}


def load(
    requests: Sequence[LoadRequest], buckets: Buckets, settings: Settings, *, until: float = math.inf
) -> Results:
    """Load requests in one transaction. If that fails, load each alone: a bad file does not delay the others.

    A file may fail by an error of any class; only a `SettingsError`, which concerns all files, is raised. No load is
    begun after the time `until` of the monotonic clock.
    """
    if time.monotonic() > until:
        return [], dict.fromkeys(requests, LateError("There was no time left to begin the load."))
    try:
        return _with_retries()(load_together, requests, buckets, settings), {}
    except SettingsError:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever it is, the other files are loaded
        # The connection may be in any state: in a transaction, or with the TEMP tables of this batch.
        disconnect()
        if len(requests) == 1 or isinstance(exc, NOT_CAUSED_BY_A_FILE):
            return [], dict.fromkeys(requests, without_words_of_file(exc))
        log_event(
            "batch_failed", level=logging.WARNING, files=len(requests), error=without_words_of_file(exc)
        )
    # The error of a batch does not say which file caused it. Alone, each file succeeds or fails for itself.
    results = [load([request], buckets, settings, until=until) for request in requests]
    outcomes = [outcome for alone, _ in results for outcome in alone]
    return outcomes, {request: exc for _, errors in results for request, exc in errors.items()}


def _with_retries() -> Retrying:
    """Return a caller that tries again after a passing failure, a little later and on a fresh connection."""
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        before_sleep=_before_retry,
        reraise=True,
    )


def _before_retry(state: RetryCallState) -> None:
    disconnect()
    error = state.outcome.exception() if state.outcome else None
    log_event("load_retried", level=logging.WARNING, attempt=state.attempt_number, error=error)
