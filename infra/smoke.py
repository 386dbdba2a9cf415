"""`make smoke`: sends a small file through a stage, compares its figures, and removes every trace of it."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.answering import require_answers
from infra.errors import InfraError
from infra.functions import call
from infra.names import Names
from infra.provisioning import Client
from infra.stopping import Stopped
from infra.trial import EXPECTED, KEY, PREFIX, Trial

POLL_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 900.0
"""As long as one load may take."""
REPORT_SECONDS: Final = 15.0
"""The time between two lines that say that the smoke test still waits, and two requests to load what waits."""

LATE_SECONDS: Final = 30.0
"""The time for which a smoke test that was stopped waits for the load of its file."""

ATTEMPTS: Final = 3
"""Another smoke test may remove the file of this one: then this one sends another file."""

EVERY_KEY: Final = f"{PREFIX}*"
FAILURES: Final = (InfraError, BotoCoreError, ClientError)

Report = Callable[[str], None]


def smoke(names: Names, client: Client, report: Report, timeout: float = TIMEOUT_SECONDS) -> None:
    """Send a test file through a deployed stage within some seconds, and report each step as a sentence.

    It first checks that functions and warehouse answer, and removes what an earlier smoke test left. Raise `InfraError`
    if they do not answer, if the figures are wrong or do not arrive in time, or if the file cannot be removed. The file
    is removed in any case, after `Stopped` too: from the raw bucket, and from warehouse and archive if the stage
    responds.
    """
    report("Checking that the functions and the warehouse answer, for two minutes at most.")
    require_answers(names, client)
    for key in remove_leftovers(names, client):
        report(f"Removed {key}, which an earlier smoke test left.")
    for _ in range(ATTEMPTS):
        trial = Trial.at(datetime.now(UTC))
        figures = _attempt(trial, names, client, report, timeout)
        if figures["files"]:
            break
        report(f"{trial.key} is gone: another smoke test may have removed it.")
    _require_expected(figures, trial)
    report("Removed again.")


def _attempt(trial: Trial, names: Names, client: Client, report: Report, timeout: float) -> dict[str, Any]:
    """Send a test file, wait until it is loaded, remove it, and return its figures."""
    try:
        client("s3").put_object(Bucket=names.raw_bucket, Key=trial.key, Body=trial.content)
        report(
            f"{trial.key} is in {names.raw_bucket}. Waiting until it is loaded, up to {timeout:g} seconds."
        )
        figures = _wait(trial, names, client, report, timeout)
        if figures["files"]:
            report(f"Loaded: {figures['sales']} sales, {figures['items']} items, {figures['total']} pounds.")
        _remove(trial, names, client)
    except FAILURES as failure:
        _remove_after(failure, trial, names, client)
        raise
    except Stopped as stop:
        report(f"Stopped. Removing {trial.key}. Ctrl-C again leaves it to the next smoke test.")
        # What is being loaded now would come after the removal. The last step of a load deletes the raw file.
        with suppress(*FAILURES):
            _wait(trial, names, client, report, LATE_SECONDS)
        _remove_after(stop, trial, names, client)
        report("Removed.")
        raise
    return figures


def _require_expected(figures: dict[str, Any], trial: Trial) -> None:
    """Raise `InfraError` with the figures that are not those of the test file."""
    wrong = [
        f"{name} {figures.get(name)} and not {expected}"
        for name, expected in EXPECTED.items()
        if figures.get(name) != expected
    ]
    if wrong:
        advice = (
            " Another smoke test may have sent a file in the same second: run one at a time in each stage."
            if figures["files"] > EXPECTED["files"]
            else ""
        )
        raise InfraError(f"The warehouse has wrong figures of {trial.key}: {', '.join(wrong)}.{advice}")


def _remove_after(failure: BaseException, trial: Trial, names: Names, client: Client) -> None:
    """Remove a file; if that is impossible, raise `InfraError` with both sentences."""
    try:
        _remove(trial, names, client)
    except FAILURES as exc:
        raise InfraError(f"{failure}\n{trial.key} could not be removed either: {exc}") from failure


def _remove(trial: Trial, names: Names, client: Client) -> None:
    _delete_raw(trial.key, names, client)
    clean_up(trial, names, client)


def _delete_raw(prefix: str, names: Names, client: Client) -> list[str]:
    """Delete all versions of the smoke tests' files whose keys begin with a prefix; return their keys, sorted."""
    s3, keys = client("s3"), set()
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=names.raw_bucket, Prefix=prefix)
    for page in pages:
        for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if KEY.fullmatch(version["Key"]):
                s3.delete_object(Bucket=names.raw_bucket, Key=version["Key"], VersionId=version["VersionId"])
                keys.add(version["Key"])
    return sorted(keys)


def remove_leftovers(names: Names, client: Client) -> list[str]:
    """Remove the files of all earlier smoke tests from bucket, warehouse and archive; return their keys, sorted.

    Raise `InfraError` if `smoke_cleanup` or the warehouse does not answer.
    """
    raw = _delete_raw(PREFIX, names, client)
    answer = call(names.function("smoke_cleanup"), {"object_key": EVERY_KEY}, client)
    return sorted({*raw, *answer["object_keys"]})


def clean_up(trial: Trial, names: Names, client: Client, *, dry_run: bool = False) -> dict[str, Any]:
    """Have the stage's `smoke_cleanup` remove a test file from warehouse and archive; return the file's figures there.

    With `dry_run` the file stays.
    """
    event = {"object_key": trial.key, "dry_run": dry_run}
    figures: dict[str, Any] = call(names.function("smoke_cleanup"), event, client)
    return figures


def _wait(trial: Trial, names: Names, client: Client, report: Report, timeout: float) -> dict[str, Any]:
    """Return the figures as soon as the raw object is gone: deleting it is the last step of a load."""
    start = time.monotonic()
    next_report = REPORT_SECONDS
    s3 = client("s3")
    while (waited := time.monotonic() - start) < timeout:
        if not s3.list_object_versions(Bucket=names.raw_bucket, Prefix=trial.key).get("Versions"):
            return clean_up(trial, names, client, dry_run=True)
        if waited >= next_report:
            report(f"Still waiting after {waited:.0f} of {timeout:g} seconds.")
            next_report += REPORT_SECONDS
            # A stage that does not load at once would load it hours later.
            with suppress(*FAILURES):
                call(names.function("smoke_cleanup"), {"object_key": trial.key, "load": True}, client)
        time.sleep(POLL_SECONDS)
    raise InfraError(
        f"{trial.key} was not loaded within {timeout:g} seconds: see the logs of ingest and load. The file was removed"
        " from the bucket. Its load request may still be on the queue; if it is loaded later, the next smoke test"
        " removes it."
    )
