"""A night of a stage in a minute: real handlers, S3, SQS and PostgreSQL, a simulated clock, and the template's alarms.

Queue and alarms have the settings of the template. Lambda's part is played here, with the events and the answers of the
local cloud's event source mapping: messages are received as soon as they are visible, and deleted after success.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import moto.s3.models
import moto.sqs.models
import pytest
import tenacity.nap

from chalicelib.errors import CafeEtlError
from chalicelib.load import handler as load_handler
from chalicelib.operations import sweep as sweep_module
from chalicelib.settings import Settings
from infra import template
from infra.names import LOCAL
from infra.resolving import Resolver
from local.account import ACCOUNT, REGION
from local.cloud import emf, event_source, moto_backends
from local.cloud.resources import names
from local.cloud.warm_worker import Answer
from local.state import PROJECT
from tests.support.alarms import Alarms
from tests.support.pipeline import Pipeline
from tests.support.queued import queued

NAMES: Final = names()
STEP: Final = timedelta(seconds=15)
"""The time between two looks at the queue."""

MINUTE: Final = timedelta(minutes=1)
"""The time between two figures of SQS, and between two judgements of CloudWatch."""

SWEEP: Final = timedelta(minutes=15)
BATCH: Final = 100
NO_RECEIVES: Final = 3
"""Receives after which SQS leaves a message out of the age of the oldest one: it calls it a poison pill."""

EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - as moto keeps times


class Clock:
    """The time of S3, SQS and the handlers. Sleeping moves it, and each reading by a millisecond."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def read(self) -> datetime:
        """Return a time that is later than any before."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def seconds(self) -> float:
        """Return the time as seconds since 1970."""
        return (self.read() - EPOCH).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the clocks of S3 and SQS, and of the pauses between a load's attempts."""
        monkeypatch.setattr(moto.s3.models, "utcnow", self.read)
        monkeypatch.setattr(moto.sqs.models, "unix_time", self.seconds)
        monkeypatch.setattr(moto.sqs.models, "unix_time_millis", lambda: self.seconds() * 1000)
        monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=self.sleep))


class Night:
    """A stage whose clock a test moves. Nobody touches anything but the test, which uploads files."""

    def __init__(self, pipeline: Pipeline, clock: Clock, output: Callable[[], str]) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._output = output
        """Returns what the functions have printed since the last call."""
        resources = Resolver(template.build(PROJECT, LOCAL), {"LoadMinutes": "0"}, ACCOUNT, REGION).resources(
            {"AWS::CloudWatch::Alarm", "AWS::SQS::Queue"}
        )
        self.alarms = Alarms(
            resource.properties
            for resource in resources.values()
            if resource.type == "AWS::CloudWatch::Alarm"
        )
        self.reingested: list[str] = []
        """The keys of the files that a sweep or a load has sent to `ingest` again."""
        self._next_sweep = self._next_minute = clock.now
        self._create_queues({name: resources[name].properties for name in ("LoadDeadLetters", "LoadQueue")})

    def _create_queues(self, queues: dict[str, dict[str, Any]]) -> None:
        """Create the load queue and its dead letters anew, as the template has them."""
        sqs = self._pipeline.clients.sqs
        for properties in queues.values():
            name = properties["QueueName"]
            url = sqs.create_queue(QueueName=name)["QueueUrl"]
            attributes: Any = {
                attribute: json.dumps(properties[attribute])
                for attribute in ("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy")
                if attribute in properties
            }
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def upload(self, key: str, content: bytes, *, is_announced: bool = True) -> None:
        """Upload a file; without its event, only the sweep finds it."""
        record = self._pipeline.put(key, content)
        if is_announced:
            self._ingest(record)

    def pass_time(self, duration: timedelta) -> None:
        """Let the functions work for some time."""
        end = self._clock.now + duration
        while self._clock.now < end:
            self._clock.now += STEP
            self._deliver()
            if self._clock.now >= self._next_sweep:
                self._next_sweep += SWEEP
                self._run("sweep", self._sweep)
                self._reingest()
            if self._clock.now >= self._next_minute:
                self._next_minute += MINUTE
                self._measure_queues()
                self.alarms.judge(self._clock.now)

    def waiting(self) -> int:
        """Return the number of load requests that wait, visible or not, and of those among the dead letters."""
        return len(queued(NAMES.load_queue)) + len(queued(NAMES.load_dead_letters))

    def _ingest(self, *records: dict[str, Any]) -> None:
        self._run("ingest", lambda: self._pipeline.ingest(*records))

    def _sweep(self) -> None:
        sweep_module.sweep(Settings.from_environment(), now=self._clock.now)

    def _reingest(self) -> None:
        records = list(self._pipeline.reingests)
        self._pipeline.reingests.clear()
        self.reingested += [record["s3"]["object"]["key"] for record in records]
        if records:
            self._ingest(*records)

    def _deliver(self) -> None:
        """Load all messages that are visible, batch by batch, and delete those that succeeded."""
        queue = moto_backends.queues()[NAMES.load_queue]
        while messages := moto_backends.sqs().receive_message(
            queue.name, BATCH, 0, queue.visibility_timeout, ["All"]
        ):
            event = event_source.event(queue, messages)
            result = self._run("load", partial(self._load, event))
            answer = Answer(failed=result is None, payload=json.dumps(result))
            failed = event_source.failures(answer, {message.id for message in messages}, partial=True)
            for message in messages:
                if message.id not in failed:
                    queue.delete_message(message.receipt_handle)
            self._reingest()

    def _load(self, event: dict[str, Any]) -> dict[str, Any]:
        return load_handler.load(event, Settings.from_environment(), now=self._clock.read)

    def _run(self, function: str, work: Callable[[], Any]) -> Any:
        """Run a function, and put Lambda's metrics of it and its own; return its result, or None if it failed."""
        began, result, has_failed = self._clock.now, None, True
        with suppress(CafeEtlError, ExceptionGroup):
            result, has_failed = work(), False
        milliseconds = (self._clock.now - began).total_seconds() * 1000
        counts = {"Invocations": 1, "Errors": int(has_failed), "Throttles": 0, "Duration": milliseconds}
        for name, value in counts.items():
            self.alarms.put(("AWS/Lambda", name, NAMES.function(function)), self._clock.now, value)
        for metric in (metric for line in self._output().splitlines() for metric in emf.metrics_of(line)):
            for value in metric.values:
                self.alarms.put((metric.namespace, metric.name, ""), self._clock.now, value)
        return result

    def _measure_queues(self) -> None:
        """Put SQS's own metrics. Of the age, SQS leaves out messages that were received three times."""
        for name in (NAMES.load_queue, NAMES.load_dead_letters):
            fresh = [
                message.sent_timestamp
                for message in queued(name)
                if message.approximate_receive_count < NO_RECEIVES
            ]
            figures = {
                "ApproximateNumberOfMessagesVisible": len(moto_backends.queues()[name].messages),
                "ApproximateAgeOfOldestMessage": self._clock.seconds() - min(fresh) / 1000 if fresh else 0,
            }
            for metric, value in figures.items():
                self.alarms.put(("AWS/SQS", metric, name), self._clock.now, value)
