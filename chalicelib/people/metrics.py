"""The counts for CloudWatch. Each is sent as zero, too, so that its metric exists, and an alarm on it can be quiet.

CloudWatch's first ten metrics are free, and these are ten: a further one needs a reason to be paid for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.model import Outcome, Status

REPORTS_FAILED: Final = "ReportsFailed"
"""Reports that could not be sent. Whoever logs `report_failed` counts it here, since an alarm watches it."""

MINUTES_FAILING: Final = "MinutesFailing"
"""Minutes for which a load request has failed, from its first receive to its latest: the longest of a batch."""

OF_A_LOAD: Final = (
    "FilesLoaded",
    "FilesRefused",
    "FilesDuplicate",
    "FilesSuperseded",
    "SalesLoaded",
    "RowsRejected",
)


OF_A_SWEEP: Final = ("FilesStuck", "StoresMissing")
"""The rest of a sweep's figures, such as files sent again, is in its log line alone."""


def of_load(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return the counts of a batch: files by status, sales loaded, rows rejected."""
    counts = Counter(dict.fromkeys(OF_A_LOAD, 0))
    counts.update(f"Files{outcome.status.capitalize()}" for outcome in outcomes)
    for outcome in outcomes:
        if outcome.status is Status.LOADED:
            counts["SalesLoaded"] += outcome.request.rows_read - outcome.request.rows_rejected
        counts["RowsRejected"] += outcome.request.rows_rejected
    return dict(counts)


def of_sweep(figures: Mapping[str, int]) -> dict[str, int]:
    """Return those figures of a sweep that are metrics, under their names."""
    # {"files_stuck": 1, "parts_removed": 0} -> {"FilesStuck": 1}
    named = {name.title().replace("_", ""): figure for name, figure in figures.items()}
    return {name: figure for name, figure in named.items() if name in OF_A_SWEEP}
