"""Mails to stores: one a store and kind, on a topic whose subscriptions name the stores that they want.

A subscription's filter compares the attribute `store` letter by letter, so both have the store's key.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time as Time  # noqa: N812 - the module `time` is needed, too
from enum import StrEnum
from typing import Any, Final

from chalicelib.aws import client
from chalicelib.log import log_event, put_metrics
from chalicelib.normalisation import store_key
from chalicelib.people import metrics
from chalicelib.people.file_lines import FaultCount, File, refused_lines, rejected_lines
from chalicelib.people.mails import Mail, titled
from chalicelib.people.quantities import quantity
from chalicelib.people.recipients import recipient
from chalicelib.settings import Settings

TOGETHER: Final = 10
"""Mails of one call of SNS, at most."""

MOST_BYTES: Final = 24_000
"""Bytes of a text: ten of them, with subjects and attributes, are within the 256 KiB of one call."""

PAUSE: Final = 1.1
"""Seconds between two calls. SNS ends a subscription by mail that gets more than ten messages a second."""


class Kind(StrEnum):
    """The kinds of mails to stores: the attribute `kind`."""

    REFUSED = "refused"
    REJECTED = "rejected"
    MISSING = "missing"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class StoreMail:
    """A mail to the people of one store."""

    store_name: str
    kind: Kind
    mail: Mail

    @classmethod
    def of(cls, store_name: str, kind: Kind, title: str, lines: Iterable[str]) -> "StoreMail":
        """Return a mail whose title ends in the store, and whose text begins with it."""
        mail = Mail(f"{title}, {store_name}", [store_name, "", *lines], MOST_BYTES)
        return cls(store_name, kind, mail)

    @property
    def entry(self) -> dict[str, Any]:
        """The mail as SNS takes it in a batch, without an id."""
        attributes = {"store": store_key(self.store_name), "kind": str(self.kind)}
        return {
            "Subject": self.mail.subject,
            "Message": self.mail.text,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }


def of_files(
    files: Iterable[File], faults: Sequence[FaultCount], known_stores: Sequence[str], stage: str
) -> list[StoreMail]:
    """Return the mails on refused files, and on files with rejected rows: at most one of each kind a store.

    Nobody but head office hears of a file of several stores, or of one whose store is not known.
    """
    by_store: dict[tuple[str, Kind], list[File]] = defaultdict(list)
    names: dict[str, str] = {}
    for file in files:
        if store := recipient(file.object_key, file.store_name, file.remarks, known_stores):
            # Two spellings of a store are one store.
            names.setdefault(store_key(store), store)
            by_store[store_key(store), Kind.REFUSED if file.reason else Kind.REJECTED].append(file)
    return [
        _refused(names[key], files_of_store, stage)
        if kind is Kind.REFUSED
        else _rejected(names[key], files_of_store, faults, stage)
        for (key, kind), files_of_store in by_store.items()
    ]


def _refused(store_name: str, files: Sequence[File], stage: str) -> StoreMail:
    count = quantity(len(files), "file")
    verb, pronoun = ("was", "it") if len(files) == 1 else ("were", "them")
    lines = [f"{count} {verb} refused; no sale in {pronoun} is loaded."]
    for file in files:
        lines += ["", *refused_lines(file.object_key, file.reason, file.sentence, file.remarks)]
    return StoreMail.of(store_name, Kind.REFUSED, titled(stage, f"{count} refused"), lines)


def _rejected(store_name: str, files: Sequence[File], faults: Sequence[FaultCount], stage: str) -> StoreMail:
    rows = sum(file.rows_rejected for file in files)
    count = quantity(rows, "row")
    lines = [f"{count} {'was' if rows == 1 else 'were'} rejected; all other rows are loaded."]
    for file in files:
        lines += ["", *rejected_lines(file, faults)]
    return StoreMail.of(store_name, Kind.REJECTED, titled(stage, f"{count} rejected"), lines)


def missing(usual_times: Mapping[str, Time], stage: str) -> list[StoreMail]:
    """Return a mail to each store whose file should have come: the stores, and by when it came on the days before."""
    return [
        StoreMail.of(
            store_name,
            Kind.MISSING,
            titled(stage, "no file today"),
            [
                f"No file has come yet; on the days before it came by {usual:%H:%M} UTC.",
                "  What to do: Upload today's file. Was the store closed? Upload the header alone.",
            ],
        )
        for store_name, usual in usual_times.items()
    ]


def send(mails: Sequence[StoreMail], settings: Settings) -> int:
    """Send mails to stores, ten at a time; return how many SNS took. A failure is only logged.

    Without the topic's name nothing is sent.
    """
    if not settings.store_topic:
        return 0
    sent = 0
    for start in range(0, len(mails), TOGETHER):
        if start:
            time.sleep(PAUSE)
        sent += _sent_together(mails[start : start + TOGETHER], settings)
    if mails:
        put_metrics({metrics.REPORTS_FAILED: len(mails) - sent}, settings.metrics_namespace)
    return sent


def _sent_together(mails: Sequence[StoreMail], settings: Settings) -> int:
    """Send at most ten mails by one call; return how many SNS took."""
    entries = [{"Id": str(number), **mail.entry} for number, mail in enumerate(mails)]
    try:
        response = client("sns").publish_batch(
            TopicArn=settings.store_topic, PublishBatchRequestEntries=entries
        )
    except Exception as exc:  # noqa: BLE001 - a mail follows the work, which is done
        log_event(
            "report_failed",
            level=logging.ERROR,
            call="publish_batch",
            error=type(exc).__name__,
            mails=len(mails),
        )
        return 0
    for failure in response.get("Failed", []):
        log_event("report_failed", level=logging.ERROR, call="publish_batch", error=failure["Code"], mails=1)
    return len(response.get("Successful", []))
