"""The day in an object's key, which decides what a newer version replaces."""

from datetime import date

import pytest

from chalicelib.reading.file_names import folder_store, is_rolling, named_day, remarks

DAY = date(2021, 8, 25)


@pytest.mark.parametrize(
    "object_key",
    [
        "leeds_25-08-2021_09-00-00.csv",
        "2021-08-25-leeds.csv",
        "leeds 25.8.2021 (in).csv",
        "leeds_20210825.csv",
        "leeds-20210825T0900.csv",
        "20210825090000_leeds.csv.gz",
        "leeds25082021.csv",
        "leeds_31-02-2021_25-08-2021.csv",
        "dt=2021-08-25/leeds.csv",
        "2021/08/25/sales.csv",
        "leeds/2021/8/25/sales.csv",
        "leeds/year=2021/month=08/day=25/sales.csv",
        "leeds/25-08-2021/till 1/sales.csv",
    ],
)
def test_a_key_with_a_day_is_dated(object_key: str) -> None:
    assert named_day(object_key) == DAY
    assert not is_rolling(object_key)


@pytest.mark.parametrize(
    "object_key",
    [
        "sales.csv",
        "leeds/today.csv",
        "sales_2021-08.csv",
        "sales_08-2021.csv",
        "2021/08/sales.csv",
        "2021/08/25.csv",
        "sales_25-08-21.csv",
        "sales_25_Aug_2021.csv",
        "week_34_2021.csv",
        "till_12345678.csv",
        "till_20211399.csv",
        "till_120210825.csv",
        "export_1629878400.csv",
        "sales_31-02-2021.csv",
        "2021/13/25/sales.csv",
        "export (1).csv",
        "2021-08-2512.csv",
    ],
)
def test_a_key_without_a_day_is_rolling(object_key: str) -> None:
    """A month is no day, and a number that the calendar does not have is none either."""
    assert named_day(object_key) is None
    assert is_rolling(object_key)


def test_a_range_of_days_is_dated_by_its_first_day() -> None:
    assert named_day("leeds_01-08-2021_31-08-2021.csv") == date(2021, 8, 1)


def test_eight_digits_are_read_with_the_year_first_if_they_can_be() -> None:
    assert named_day("leeds_20122021.csv") == date(2021, 12, 20)
    assert named_day("leeds_20211220.csv") == date(2021, 12, 20)


def test_the_day_of_the_name_counts_before_that_of_a_folder() -> None:
    """Of several folders, the nearest counts."""
    assert named_day("2021-08-26/leeds_25-08-2021.csv") == DAY
    assert named_day("2021-08-01/2021-08-25/leeds.csv") == DAY


def test_the_day_of_a_folder_is_not_compared_with_the_rows() -> None:
    """It is mostly the day of the upload, which is often the day after the sales."""
    assert remarks("2021/08/26/leeds.csv", {"Leeds"}, {"2021-08-25"}) == []
    assert remarks("2021/08/26/leeds_26-08-2021.csv", {"Leeds"}, {"2021-08-25"}) == [
        "The file's name says 2021-08-26, but its rows say 2021-08-25."
    ]


@pytest.mark.parametrize(
    ("object_key", "store"),
    [
        ("leeds/2021-08-25.csv", "leeds"),
        ("Chester-le-Street/2021/08/25/sales.csv", "chester le street"),
        ("store=Leeds/sales.csv", "leeds"),
        ("leeds_25-08-2021.csv", ""),
        ("2021/08/25/leeds.csv", ""),
        ("dt=2021-08-25/leeds.csv", ""),
        ("export 2021-08-25/leeds.csv", ""),
        ("year=2021/leeds.csv", ""),
        ("/leeds.csv", ""),
        ("_/leeds.csv", ""),
    ],
)
def test_the_first_folder_may_be_a_stores(object_key: str, store: str) -> None:
    assert folder_store(object_key) == store
