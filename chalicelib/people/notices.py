"""What the application tells people: structured log lines, metrics and notices; no row's content is in any."""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import client
from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.settings import Settings

log = logging.getLogger("cafe_etl")
log.setLevel(logging.INFO)

LINES: Final = 200
"""Files that a notice names; SNS takes 256 KiB."""


def log_event(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line of JSON."""
    log.log(level, json.dumps({"event": event, **fields}, default=str))


def report(outcomes: Sequence[Outcome], errors: Mapping[LoadRequest, Exception], settings: Settings) -> None:
    """Tell what became of a batch. Nothing that fails here undoes what is loaded."""
    for outcome in outcomes:
        _log_outcome(outcome)
    for request, exc in errors.items():
        log_event("load_failed", level=logging.ERROR, object_key=request.source.object_key, error=exc)
    new = [outcome for outcome in outcomes if not outcome.settled_before]
    if not new:
        return
    tell("sns", "publish", TopicArn=settings.notice_topic, Subject=subject(new), Message=notice(new))
    tell("cloudwatch", "put_metric_data", Namespace=settings.metrics_namespace, MetricData=metrics(new))


def tell(service: str, call: str, **arguments: Any) -> bool:
    """Send a notice or metrics; return whether that went well. If not, it is logged and nothing else stops."""
    try:
        getattr(client(service), call)(**arguments)
    except (ClientError, BotoCoreError) as exc:
        log_event("report_failed", level=logging.ERROR, call=call, error=type(exc).__name__)
        return False
    return True


def _log_outcome(outcome: Outcome) -> None:
    request = outcome.request
    log_event(
        "file_settled",
        object_key=request.source.object_key,
        ingest_id=request.ingest_id,
        status=outcome.status,
        settled_before=outcome.settled_before,
        reason=request.reason,
        rows_read=request.rows_read,
        rows_rejected=request.rows_rejected,
        items=request.items,
        total=request.total,
    )


def subject(outcomes: Sequence[Outcome]) -> str:
    """Return a notice's subject, such as `Cafe ETL: 2 loaded, 1 refused`."""
    counts = Counter(outcome.status for outcome in outcomes)
    told = [f"{counts[status]} {status}" for status in Status if counts[status]]
    return f"Cafe ETL: {', '.join(told)}"


def notice(outcomes: Sequence[Outcome]) -> str:
    """Return a notice's text, a line a file, what went wrong first."""
    told = sorted(
        outcomes, key=lambda outcome: (outcome.status is not Status.REFUSED, -outcome.request.rows_rejected)
    )
    lines = [_line(outcome) for outcome in told[:LINES]]
    more = [f"… and {len(told) - LINES} more files."] if len(told) > LINES else []
    return "\n".join([*lines, *more])


def _line(outcome: Outcome) -> str:
    request = outcome.request
    if outcome.status is Status.LOADED:
        sales = request.rows_read - request.rows_rejected
        rejected = f", {request.rows_rejected} rows rejected" if request.rows_rejected else ""
        what = f"{sales} sales, {request.total} pounds{rejected}"
    else:
        what = outcome.sentence or "a newer file of this name is loaded"
    remarks = f". {request.remarks}" if request.remarks else ""
    return f"{request.source.object_key}: {outcome.status}: {what}{remarks}"


def metrics(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return what CloudWatch counts: files by what became of them, sales loaded, rows rejected."""
    counts = Counter(f"Files{outcome.status.capitalize()}" for outcome in outcomes)
    for outcome in outcomes:
        if outcome.status is Status.LOADED:
            counts["SalesLoaded"] += outcome.request.rows_read - outcome.request.rows_rejected
        counts["RowsRejected"] += outcome.request.rows_rejected
    return [{"MetricName": name, "Value": value, "Unit": "Count"} for name, value in sorted(counts.items())]
