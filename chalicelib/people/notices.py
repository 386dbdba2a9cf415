"""Notices to head office: of a batch and of a sweep, and the channels that send them. No row's content is in any."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from types import MappingProxyType
from typing import Final

from chalicelib.aws import client
from chalicelib.log import log_event, put_metrics
from chalicelib.model import LoadRequest, Outcome, SourceVersion, Status
from chalicelib.people import metrics
from chalicelib.people.escapes import escaped
from chalicelib.people.file_lines import refused_lines
from chalicelib.people.mails import Mail, titled
from chalicelib.people.quantities import quantity
from chalicelib.settings import Settings

MOST_FILES: Final = 200
"""Files of a digest, the worst first."""

ASK_STORES: Final = (
    "  What to do: Ask the store for today's file. Was it closed? Then it uploads the header alone."
)
ASK_ENGINEERS: Final = (
    "  What to do: Ask an engineer. The sweep in docs/runbook.md says how to find the cause."
)


def by_sns(notice: Mail, settings: Settings) -> None:
    """Publish a notice on the SNS topic of the head office."""
    client("sns").publish(TopicArn=settings.notice_topic, Subject=notice.subject, Message=notice.text)


Channel = Callable[[Mail, Settings], None]

NO_FAILURES: Final[Mapping[LoadRequest, Exception]] = MappingProxyType({})

CHANNELS: Final[tuple[Channel, ...]] = (by_sns,)
"""The functions that send a notice, each in its own way. One that its settings switch off returns at once."""


def send(notice: Mail, settings: Settings) -> bool:
    """Send a notice through every channel; return whether at least one took it.

    A notice follows the commit, so no failure of a channel may stop anything: it is only logged.
    """
    is_sent = [_is_sent(channel, notice, settings) for channel in CHANNELS]
    put_metrics({metrics.REPORTS_FAILED: is_sent.count(False)}, settings.metrics_namespace)
    return any(is_sent)


def _is_sent(channel: Channel, notice: Mail, settings: Settings) -> bool:
    try:
        channel(notice, settings)
    except Exception as exc:  # noqa: BLE001 - a channel may fail in ways of its own
        log_event("report_failed", level=logging.ERROR, call=channel.__name__, error=type(exc).__name__)
        return False
    return True


def is_worth_telling(outcome: Outcome) -> bool:
    """Tell whether a file was refused, or lost rows, or has a remark: whether a person has to look at it."""
    return (
        outcome.status is Status.REFUSED or bool(rejected_rows(outcome)) or bool(outcome.remarks)
    ) and not outcome.is_unchanged


def rejected_rows(outcome: Outcome) -> int:
    """Return how many rows are missing from a loaded file's sales; of any other file, none counts."""
    return outcome.request.rows_rejected if outcome.status is Status.LOADED else 0


def of_load(
    outcomes: Sequence[Outcome], failures: Mapping[LoadRequest, Exception] = NO_FAILURES, *, stage: str = ""
) -> Mail:
    """Return the digest of a batch: the files that went wrong first."""
    worst_first = sorted(
        outcomes, key=lambda outcome: (outcome.status is not Status.REFUSED, -outcome.request.rows_rejected)
    )
    lines = [_failure_line(*failure) for failure in failures.items()]
    for outcome in worst_first[:MOST_FILES]:
        lines += _lines(outcome)
    left_out = len(outcomes) - MOST_FILES
    return Mail(
        titled(stage, _figures(outcomes, len(failures))),
        [*lines, f"… and {left_out:,} more."] if left_out > 0 else lines,
    )


def _figures(outcomes: Sequence[Outcome], failures: int) -> str:
    """Return the figures of a batch, such as `1 loaded, 60 rows rejected`."""
    counts = Counter(outcome.status for outcome in outcomes)
    rejected = sum(map(rejected_rows, outcomes))
    figures = [f"{counts[status]} {status}" for status in Status if counts[status]]
    figures += [f"{failures} failed"] if failures else []
    figures += [f"{quantity(rejected, 'row')} rejected"] if rejected else []
    return ", ".join(figures)


def _failure_line(request: LoadRequest, error: Exception) -> str:
    return f"{escaped(request.source.object_key)}: failed: {error}; it is tried again"


def _lines(outcome: Outcome) -> list[str]:
    request = outcome.request
    if outcome.status is Status.REFUSED:
        return refused_lines(request.source.object_key, outcome.reason, outcome.sentence, outcome.remarks)
    if outcome.status is Status.LOADED and not request.rows_read:
        description = "closed: no sales"
    elif outcome.status is Status.LOADED:
        sales = quantity(request.rows_read - request.rows_rejected, "sale")
        rejected = f", {quantity(request.rows_rejected, 'row')} rejected" if request.rows_rejected else ""
        description = f"{sales}, {request.total} pounds{rejected}"
    else:
        description = outcome.sentence or "a newer file of this name is loaded"
    remarks = " ".join(filter(None, [outcome.remarks, outcome.moves]))
    return [
        f"{escaped(request.source.object_key)}: {outcome.status}: {description}",
        *([f"  {remarks}"] if remarks else []),
    ]


def of_sweep(
    usual_times: Mapping[str, time], stuck: Sequence[SourceVersion], reason: str, *, stage: str = ""
) -> Mail:
    """Return the notice of a sweep: stores without a file, and by when it came before; stuck files, for one reason."""
    figures = [f"{quantity(len(stuck), 'file')} stuck"] if stuck else []
    figures += [f"{quantity(len(usual_times), 'store')} missing"] if usual_times else []
    missing_lines = [
        f"{escaped(store_name)}: missing: no file has come yet; on the days before it came by {usual:%H:%M} UTC"
        for store_name, usual in usual_times.items()
    ]
    stuck_lines = [
        f"{escaped(version.object_key)}: stuck: uploaded {version.last_modified:%d/%m/%Y %H:%M} UTC, {reason}"
        for version in stuck
    ]
    return Mail(
        titled(stage, ", ".join(figures)),
        [
            *missing_lines,
            *([ASK_STORES] if missing_lines else []),
            *stuck_lines,
            *([ASK_ENGINEERS] if stuck_lines else []),
        ],
    )
