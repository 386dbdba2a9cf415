"""Notices and metrics of a load."""

from chalicelib.model import Status
from chalicelib.people import notices
from tests.support.load_requests import outcome


def test_metrics_count_files_by_status_sales_and_rejected_rows() -> None:
    outcomes = [outcome(Status.LOADED), outcome(Status.REFUSED, "Empty.")]
    metrics = notices.metrics_of_load(outcomes)

    assert metrics == {"FilesLoaded": 1, "FilesRefused": 1, "SalesLoaded": 2, "RowsRejected": 2}


def test_a_notice_of_many_files_stays_short_and_begins_with_the_refused_ones() -> None:
    """SNS takes 256 KiB at most."""
    loaded = [outcome(Status.LOADED)] * 300
    lines = notices.of_load([*loaded, outcome(Status.REFUSED, "Empty.")]).text.splitlines()

    assert (lines[0], lines[-1]) == ("leeds é.csv: refused: Empty.", "… and 101 more.")
    assert lines[1] == "leeds é.csv: loaded: 2 sales, 12.30 pounds, 1 row rejected"
