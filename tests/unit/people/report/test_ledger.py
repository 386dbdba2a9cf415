"""The ledger of a report: what became of a store's day."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.people.report.ledger import Cell, ledger
from chalicelib.people.report.rows import ExpectedDay
from tests.support.report_rows import days_before, file_without_sales, report_rows, stated_day


def cell(*, is_missing: bool = False, **changes: Any) -> Cell | None:
    """Return what became of the report's day in Leeds."""
    expected = [ExpectedDay("Leeds", days_before(0), is_missing)]
    [row] = ledger(report_rows(expected_days=expected, **changes))
    assert row.store_name == "Leeds"
    return row.cells[-1]


def evenings(*hours: float, today: float) -> list[Any]:
    """Return files of the days before, the last first, and of today, by the hours at which they came."""
    return [
        stated_day(
            days=days,
            last_modified=datetime.combine(days_before(days), datetime.min.time()) + timedelta(hours=hour),
        )
        for days, hour in enumerate([today, *hours])
    ]


def test_a_day_with_sales_is_loaded() -> None:
    assert cell(stated_days=[stated_day()]) is Cell.LOADED


def test_a_day_without_sales_is_missing() -> None:
    assert cell(is_missing=True) is Cell.MISSING


def test_a_file_with_rejected_rows_is_partly_rejected_until_it_is_replaced() -> None:
    assert cell(stated_days=[stated_day(rows_rejected=1)]) is Cell.PARTLY_REJECTED
    assert cell(stated_days=[stated_day(rows_rejected=1, status="superseded"), stated_day()]) is Cell.LOADED


@pytest.mark.parametrize(("today", "status"), [(20, Cell.LOADED), (20.02, Cell.LATE), (33, Cell.LATE)])
def test_a_file_is_late_an_hour_after_the_latest_of_its_usual_times(today: float, status: Cell) -> None:
    """On the days before it came by 19:00; 33 is 9 in the morning of the next day."""
    assert cell(stated_days=evenings(18, 19, 18.5, 17, today=today)) is status


def test_a_store_that_sends_seldom_is_never_late() -> None:
    """Three days of seven are seldom, and those before do not count."""
    assert cell(stated_days=evenings(18, 18, 18, today=33)) is Cell.LOADED


def test_a_correction_is_not_late() -> None:
    """The first file of a day counts."""
    files = [*evenings(18, 18, 18, 18, today=18), *evenings(today=33)]

    assert cell(stated_days=files) is Cell.LOADED


def test_a_store_that_sends_the_next_morning_is_not_late() -> None:
    assert cell(stated_days=evenings(33, 33, 32, 33, today=33.5)) is Cell.LOADED


def test_a_refused_file_is_found_by_its_name() -> None:
    """It is shown even if an older version of it was loaded: somebody wanted to correct that."""
    refused = [file_without_sales("leeds_03-04-2022.csv")]

    assert cell(is_missing=True, files_without_sales=refused) is Cell.REFUSED
    assert cell(stated_days=[stated_day()], files_without_sales=refused) is Cell.REFUSED
    assert (
        cell(is_missing=True, files_without_sales=[file_without_sales("leeds_02-04-2022.csv")])
        is Cell.MISSING
    )
    assert cell(is_missing=True, files_without_sales=[file_without_sales("stock.csv")]) is Cell.MISSING


def test_a_file_without_sales_says_that_its_store_was_closed() -> None:
    closed = [file_without_sales("leeds_03-04-2022.csv", "loaded")]

    assert cell(is_missing=True, files_without_sales=closed) is Cell.CLOSED


def test_the_newest_version_of_a_file_counts() -> None:
    earlier = datetime(2022, 4, 3, 12)  # noqa: DTZ001 - in UTC, as all times of the ledger
    files = [
        file_without_sales("leeds_03-04-2022.csv", "loaded"),
        file_without_sales("leeds_03-04-2022.csv", last_modified=earlier),
    ]

    assert cell(is_missing=True, files_without_sales=files) is Cell.CLOSED


def test_a_day_on_which_nothing_was_expected_is_empty() -> None:
    """Such as the days before a store's first."""
    [row] = ledger(report_rows(expected_days=[ExpectedDay("York", days_before(0), is_missing=False)]))

    assert row.cells == [None] * 13 + [Cell.LOADED]
