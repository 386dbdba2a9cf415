"""The figures that the warehouse reports of each file are compared with those of its load request."""

from decimal import Decimal

import pytest

from chalicelib.errors import ReconciliationError, TiedError
from chalicelib.load.reconciliation import reconcile
from chalicelib.model import Status
from tests.support.load_requests import REQUEST, outcome

FIGURES = (7, 5, "loaded", "", 3, 3, 4, 4, Decimal("12.30"), Decimal("12.30"), Decimal("12.30"))
"""Ingest id, file id, status, sentence of a duplicate; rows, items and totals, each as requested and as written."""


def test_a_file_whose_figures_agree_has_an_outcome() -> None:
    assert reconcile([REQUEST], [FIGURES]) == ([outcome(Status.LOADED)], [])


def test_the_figures_of_a_file_that_is_not_loaded_need_not_agree() -> None:
    """A duplicate adds no rows; its sentence names the original."""
    figures = [(7, 6, "duplicate", "A copy of a.csv.", 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    [duplicate], _ = reconcile([REQUEST], figures)

    assert (duplicate.file_id, duplicate.sentence) == (6, "A copy of a.csv.")


def test_an_unchanged_file_has_no_outcome_of_this_batch() -> None:
    """Its request is returned apart: the ledger knows its outcome from before."""
    figures = [(7, None, "unchanged", "", 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    assert reconcile([REQUEST], figures) == ([], [REQUEST])


def test_a_tie_is_a_transient_error() -> None:
    """The batch is tried again, and S3 is asked which version is newer."""
    figures = [(7, None, "tied", "", 3, 0, 4, 0, Decimal("12.30"), 0, 0)]

    with pytest.raises(TiedError):
        reconcile([REQUEST], figures)


@pytest.mark.parametrize("place", [4, 5, 6, 7, 8, 9, 10])
def test_any_figure_that_differs_is_an_error_that_names_the_file(place: int) -> None:
    """The error shows rows, items and totals, whichever side is wrong."""
    wrong = [value + 1 if at == place else value for at, value in enumerate(FIGURES)]  # type: ignore[operator]
    with pytest.raises(ReconciliationError, match=r"leeds é.csv: \d of \d rows, \d of \d items"):
        reconcile([REQUEST], [wrong])


@pytest.mark.parametrize("rows", [[], [FIGURES, (8, *FIGURES[1:])]])
def test_each_requested_file_and_no_other_must_be_decided_upon(rows: list[tuple[object, ...]]) -> None:
    with pytest.raises(ReconciliationError, match="not decided on each"):
        reconcile([REQUEST], rows)
