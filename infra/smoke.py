"""`make smoke`: sends a small file through a stage, compares its figures, and removes every trace of it."""

import csv
import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import InfraError
from infra.functions import call
from infra.names import Names
from infra.provisioning import Client

STORE: Final = "Smoke test"
# Two products, a size, a card payment and a cash payment: basket, total, payment, card number.
SALES: Final = (
    ("Regular Smoke test - 2.00, Smoke test - 1.25", "3.25", "CARD", "5494000000000000"),
    ("Smoke test - 1.25", "1.25", "CASH", ""),
)
# "prices" is the sum of the items' unit prices, "total" that of the sales: 2.00 + 1.25 + 1.25 = 3.25 + 1.25.
EXPECTED: Final = {"files": 1, "sales": 2, "items": 3, "total": "4.50", "prices": "4.50"}
POLL_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 300.0
FAILURES: Final = (InfraError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class Trial:
    """A test file of no real store. A random customer makes its content unique: it is never a duplicate."""

    key: str
    content: bytes

    @classmethod
    def at(cls, timestamp: datetime) -> "Trial":
        """Return the test file of a timestamp, which its sales and its name contain."""
        customer = f"Smoke {secrets.token_hex(8)}"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            (f"{timestamp:%d/%m/%Y %H:%M}", STORE, customer, basket, total, payment, card)
            for basket, total, payment, card in SALES
        )
        return cls(f"smoke_test_{timestamp:%d-%m-%Y_%H-%M-%S}.csv", text.getvalue().encode())


def smoke(
    names: Names, client: Client, report: Callable[[str], None], timeout: float = TIMEOUT_SECONDS
) -> None:
    """Send a test file through a deployed stage within some seconds, and report each step as a sentence.

    Raise `InfraError` if its figures are wrong or do not arrive in time, or if the file cannot be removed. The file
    is removed in any case: from the raw bucket, and from warehouse and archive if the stage responds.
    """
    trial = Trial.at(datetime.now(UTC))
    s3 = client("s3")
    version = s3.put_object(Bucket=names.raw_bucket, Key=trial.key, Body=trial.content)["VersionId"]
    report(f"{trial.key} is in {names.raw_bucket}.")
    try:
        figures = _compared(_wait(trial, names, client, timeout), trial)
    except FAILURES as failure:
        try:
            _remove(trial, version, names, client)
        except FAILURES as exc:
            raise InfraError(f"{failure}\n{trial.key} could not be removed either: {exc}") from failure
        raise
    report(
        f"Loaded and archived: {figures['sales']} sales, {figures['items']} items, {figures['total']} pounds."
    )
    _remove(trial, version, names, client)
    report("Removed again.")


def _compared(figures: dict[str, Any], trial: Trial) -> dict[str, Any]:
    if figures != EXPECTED:
        raise InfraError(f"The figures of {trial.key} are {figures}; expected: {EXPECTED}.")
    return figures


def _remove(trial: Trial, version: str, names: Names, client: Client) -> None:
    client("s3").delete_object(Bucket=names.raw_bucket, Key=trial.key, VersionId=version)
    clean_up(trial, names, client)


def clean_up(trial: Trial, names: Names, client: Client, *, dry_run: bool = False) -> dict[str, Any]:
    """Have the stage's `smoke_cleanup` remove a test file from warehouse and archive; return the file's figures there.

    With `dry_run` the file stays.
    """
    event = {"object_key": trial.key, "dry_run": dry_run}
    figures: dict[str, Any] = call(names.function("smoke_cleanup"), event, client)
    return figures


def _wait(trial: Trial, names: Names, client: Client, timeout: float) -> dict[str, Any]:
    """Return the figures as soon as the raw object is gone: deleting it is the last step of a load."""
    deadline = time.monotonic() + timeout
    s3 = client("s3")
    while time.monotonic() < deadline:
        if not s3.list_object_versions(Bucket=names.raw_bucket, Prefix=trial.key).get("Versions"):
            return clean_up(trial, names, client, dry_run=True)
        time.sleep(POLL_SECONDS)
    raise InfraError(
        f"{trial.key} was not loaded within {timeout:g} seconds: see the logs of ingest and load. The file was removed"
        " from the bucket. Its load request may still be on the queue; if it is loaded later, remove the file by hand:"
        f' call smoke_cleanup with {{"object_key": "{trial.key}"}}.'
    )
