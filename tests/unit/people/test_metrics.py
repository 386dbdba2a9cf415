"""The counts of loads and sweeps."""

from chalicelib.model import Status
from chalicelib.people import metrics
from tests.support.load_requests import outcome


def test_a_load_counts_files_by_status_sales_and_rejected_rows() -> None:
    """A count of zero is sent, too: otherwise its metric would not exist before the first bad day."""
    outcomes = [outcome(Status.LOADED), outcome(Status.REFUSED, "Empty.")]

    assert metrics.of_load(outcomes) == {
        "FilesLoaded": 1,
        "FilesRefused": 1,
        "FilesDuplicate": 0,
        "FilesSuperseded": 0,
        "SalesLoaded": 2,
        "RowsRejected": 2,
    }


def test_a_file_that_somebody_withdrew_is_counted_under_its_status() -> None:
    assert metrics.of_load([outcome(Status.WITHDRAWN)])["FilesWithdrawn"] == 1


def test_a_sweeps_figures_have_the_names_of_metrics() -> None:
    assert metrics.of_sweep({"files_stuck": 1, "parts_removed": 0}) == {"FilesStuck": 1}
