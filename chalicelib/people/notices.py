"""Notices to people: their text, and the channels that send it. No notice has any content of a row."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.aws import client
from chalicelib.log import log_event, put_metrics
from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.people import metrics
from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity
from chalicelib.settings import Settings

LONGEST: Final = 200
"""Lines of a notice; SNS takes 256 KiB."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to people: a subject of fewer than 100 letters, and lines of text, the most important first."""

    subject: str
    lines: Sequence[str]

    @property
    def text(self) -> str:
        """The first lines, and how many more there are."""
        left_out = len(self.lines) - LONGEST
        more = [f"… and {left_out} more."] if left_out > 0 else []
        return "\n".join([*self.lines[:LONGEST], *more])


def by_sns(notice: Notice, settings: Settings) -> None:
    """Publish a notice on the SNS topic of the head office."""
    client("sns").publish(TopicArn=settings.notice_topic, Subject=notice.subject, Message=notice.text)


Channel = Callable[[Notice, Settings], None]

NO_FAILURES: Final[Mapping[LoadRequest, Exception]] = MappingProxyType({})

CHANNELS: Final[tuple[Channel, ...]] = (by_sns,)
"""The functions that send a notice, each in its own way. One that its settings switch off returns at once."""


def send(notice: Notice, settings: Settings) -> bool:
    """Send a notice through every channel; return whether at least one took it.

    A notice follows the commit, so no failure of a channel may stop anything: it is only logged.
    """
    is_sent = [_is_sent(channel, notice, settings) for channel in CHANNELS]
    put_metrics({metrics.REPORTS_FAILED: is_sent.count(False)}, settings.metrics_namespace)
    return any(is_sent)


def _is_sent(channel: Channel, notice: Notice, settings: Settings) -> bool:
    try:
        channel(notice, settings)
    except Exception as exc:  # noqa: BLE001 - a channel may fail in ways of its own
        log_event("report_failed", level=logging.ERROR, call=channel.__name__, error=type(exc).__name__)
        return False
    return True


def of_load(outcomes: Sequence[Outcome], failures: Mapping[LoadRequest, Exception] = NO_FAILURES) -> Notice:
    """Return the notice of a batch: one line per file, the files that went wrong first."""
    worst_first = sorted(
        outcomes, key=lambda outcome: (outcome.status is not Status.REFUSED, -outcome.request.rows_rejected)
    )
    counts = Counter(outcome.status for outcome in outcomes)
    statuses = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    failed = f"{len(failures)} failed" if failures else ""
    return Notice(
        f"Cafe ETL: {', '.join(filter(None, [statuses, failed]))}",
        [*(_failure_line(*failure) for failure in failures.items()), *map(_line, worst_first)],
    )


def _failure_line(request: LoadRequest, error: Exception) -> str:
    return f"{escaped(request.source.object_key)}: failed: {escaped(str(error))}; it is tried again"


def _line(outcome: Outcome) -> str:
    request = outcome.request
    if outcome.status is Status.LOADED and not request.rows_read:
        description = "closed: no sales"
    elif outcome.status is Status.LOADED:
        sales = quantity(request.rows_read - request.rows_rejected, "sale")
        rejected = f", {quantity(request.rows_rejected, 'row')} rejected" if request.rows_rejected else ""
        description = f"{sales}, {request.total} pounds{rejected}"
    else:
        description = outcome.sentence or "a newer file of this name is loaded"
    remarks = f". {outcome.remarks}" if outcome.remarks else ""
    return f"{escaped(request.source.object_key)}: {outcome.status}: {escaped(description + remarks)}"
