"""`make smoke`: a tiny marked file goes the way of all files; its figures are compared, and every trace removed."""

import csv
import io
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import InfraError
from infra.names import Names
from infra.provisioning import Client

STORE: Final = "Smoke test"
SALES: Final = (
    ("Regular Smoke test - 2.00, Smoke test - 1.25", "3.25", "CARD", "5494000000000000"),
    ("Smoke test - 1.25", "1.25", "CASH", ""),
)
EXPECTED: Final = {"files": 1, "sales": 2, "items": 3, "total": "4.50", "prices": "4.50"}
POLL_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 300.0
FAILURES: Final = (InfraError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class Trial:
    """A file that is not of any store: its key, and its content, which no other trial has."""

    key: str
    content: bytes

    @classmethod
    def at(cls, moment: datetime) -> "Trial":
        """Return the trial of a moment."""
        customer = f"Smoke {secrets.token_hex(8)}"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            (f"{moment:%d/%m/%Y %H:%M}", STORE, customer, basket, total, payment, card)
            for basket, total, payment, card in SALES
        )
        return cls(f"smoke_test_{moment:%d-%m-%Y_%H-%M-%S}.csv", text.getvalue().encode())


def smoke(
    names: Names, client: Client, report: Callable[[str], None], timeout: float = TIMEOUT_SECONDS
) -> None:
    """Try a deployed stage; raise `InfraError` if the figures are wrong or do not come, or the file cannot be removed.

    It is removed either way, from the bucket and, as far as the stage answers, from warehouse and archive.
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
            raise InfraError(f"{failure}\nNor can {trial.key} be removed: {exc}") from failure
        raise
    report(
        f"Loaded and archived: {figures['sales']} sales, {figures['items']} items, {figures['total']} pounds."
    )
    _remove(trial, version, names, client)
    report("Removed again.")


def _compared(figures: dict[str, Any], trial: Trial) -> dict[str, Any]:
    if figures != EXPECTED:
        raise InfraError(f"The figures of {trial.key} are {figures}, and not {EXPECTED}.")
    return figures


def _remove(trial: Trial, version: str, names: Names, client: Client) -> None:
    client("s3").delete_object(Bucket=names.raw_bucket, Key=trial.key, VersionId=version)
    withdraw(trial, names, client)


def withdraw(trial: Trial, names: Names, client: Client, *, dry_run: bool = False) -> dict[str, Any]:
    """Have the stage tell what it holds of a trial, and remove it unless told not to."""
    function = names.function("replay")
    event = {"smoke_cleanup": trial.key, "dry_run": dry_run}
    answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise InfraError(f"{function} failed: {told.get('errorType', '')}: {told.get('errorMessage', '')}")
    return told


def _wait(trial: Trial, names: Names, client: Client, timeout: float) -> dict[str, Any]:
    """Return the figures as soon as the raw object is gone, which is the last step of a load."""
    deadline = time.monotonic() + timeout
    s3 = client("s3")
    while time.monotonic() < deadline:
        if not s3.list_object_versions(Bucket=names.raw_bucket, Prefix=trial.key).get("Versions"):
            return withdraw(trial, names, client, dry_run=True)
        time.sleep(POLL_SECONDS)
    raise InfraError(
        f"{trial.key} was not loaded within {timeout:g} seconds: see the logs of ingest and load. It is taken out"
        " of the bucket; if its load request still waits, and is loaded after all, that has to be withdrawn by hand."
    )
