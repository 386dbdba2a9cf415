"""The figures that the warehouse has of each file are compared with those of its load request."""

from decimal import Decimal

import pytest

from chalicelib.errors import ReconciliationError
from chalicelib.load.reconciliation import Figures, reconcile
from tests.support.load_requests import REQUEST

FIGURES = Figures(5, 3, 4, Decimal("12.30"), Decimal("12.30"))
ALL_IN_PLACE = Figures(None, 0, 0, Decimal(0), Decimal(0))


def test_figures_that_agree_pass() -> None:
    reconcile({REQUEST: 5}, [FIGURES, ALL_IN_PLACE])


def test_files_that_are_not_loaded_need_no_figures() -> None:
    reconcile({}, [ALL_IN_PLACE])


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_any_figure_that_differs_is_an_error_that_names_the_file(place: int) -> None:
    """The error shows rows, items and totals."""
    name = Figures._fields[place]
    wrong = FIGURES._replace(**{name: getattr(FIGURES, name) + 1})
    with pytest.raises(ReconciliationError, match=r"leeds é.csv: \d of \d rows, \d of \d items"):
        reconcile({REQUEST: 5}, [wrong, ALL_IN_PLACE])


def test_a_file_without_any_figures_is_an_error() -> None:
    with pytest.raises(ReconciliationError, match="0 of 3 rows, 0 of 4 items"):
        reconcile({REQUEST: 5}, [ALL_IN_PLACE])


def test_a_moved_sale_that_is_not_where_it_should_be_is_an_error() -> None:
    with pytest.raises(ReconciliationError, match="2 moved sales are not in the one place for them"):
        reconcile({REQUEST: 5}, [FIGURES, ALL_IN_PLACE._replace(rows_found=2)])
