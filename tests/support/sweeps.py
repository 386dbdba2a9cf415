"""Sweeps of a pipeline, and the traces that they leave: findings, notices, log lines, tags, parts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.operations import sweep as sweep_module
from chalicelib.settings import Settings
from tests.support.log_lines import log_lines
from tests.support.pipeline import NOTICES, PROCESSED, RAW, Pipeline

LATER = timedelta(minutes=16)
"""A little more than the age at which a raw object should have been loaded."""

FOUR_DAYS = timedelta(days=4)
"""The time for which SQS keeps a message by default."""

NOTHING = {
    "parts_removed": 0,
    "files_reingested": 0,
    "files_stuck": [],
    "stores_missing": [],
    "suspect_sales": 0,
}
"""The findings of a sweep that has found nothing."""


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def sweep(at: datetime | None = None, minutes: float | None = 15) -> dict[str, Any]:
    """Sweep as of a time; by default as of one at which files that are uploaded now are old enough."""
    return sweep_module.sweep(Settings.from_environment(), now=at or now() + LATER, minutes=minutes)


def load_reingests(pipeline: Pipeline) -> None:
    """Ingest and load the files that the sweep has sent to ingest again."""
    pipeline.ingest(*pipeline.reingests)
    pipeline.reingests.clear()
    assert pipeline.load(pipeline.take()) == []


def notices(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return subject and text of the notices since the last call."""
    sent = [json.loads(body) for body in pipeline.take(NOTICES)]
    return [(notice["Subject"], notice["Message"]) for notice in sent]


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """Return the application's log lines of an event."""
    return [line for line in log_lines(caplog) if line["event"] == event]


def tags(pipeline: Pipeline, key: str) -> dict[str, str]:
    """Return the tags of the newest version of a raw object."""
    tag_set = pipeline.clients.s3.get_object_tagging(Bucket=RAW, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in tag_set}


def parts(pipeline: Pipeline) -> list[str]:
    """Return the keys of all staged parts."""
    return [key for key in pipeline.keys(PROCESSED) if key.startswith("staged/")]
