"""Timestamps as stores write them, read with the day or the month first."""

from datetime import datetime

import pytest

from chalicelib.reading.dates import Order
from chalicelib.reading.timestamps import OUT_OF_RANGE, UNREADABLE, is_timestamp, timestamp_reader

UPLOADED_AT = datetime.fromisoformat("2021-08-25T18:00")


@pytest.mark.parametrize(
    "text",
    [
        "05/06/2021 09:00",
        "5/6/2021 9:00",
        "05-06-2021 09:00:00",
        "05.06.2021 09:00:00.123",
        "2021-06-05 09:00",
        "2021-06-05T09:00:00",
        " 05/06/2021  09:00 ",
        "05/06/2021 9:00 AM",
        "05/06/2021 09:00am",
    ],
)
def test_ways_to_write_a_timestamp(text: str) -> None:
    assert timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)(text) == "2021-06-05 09:00:00"
    assert is_timestamp(text)


def test_the_order_changes_dates_whose_year_is_last() -> None:
    read = timestamp_reader(Order.MONTH_FIRST, UPLOADED_AT)

    assert read("05/06/2021 09:00") == "2021-05-06 09:00:00"
    assert read("2021-06-05 09:00") == "2021-06-05 09:00:00"


@pytest.mark.parametrize(
    ("clock", "hour"), [("12:00 AM", 0), ("9:00 PM", 21), ("12:00 PM", 12), ("23:00", 23)]
)
def test_hours_of_twelve_and_of_twenty_four(clock: str, hour: int) -> None:
    read = timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)

    assert read(f"05/06/2021 {clock}") == f"2021-06-05 {hour:02}:00:00"


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "05/06/2021", "09:00", "31/06/2021 09:00", "05/06/21 09:00", "05/06-2021 09:00"),
        *(
            "05/06/2021 24:00",
            "05/06/2021 09:60",
            "05/06/2021 13:00 PM",
            "05/06/2021 0:30 AM",
            "05/06/2021 09:00Z",
        ),
    ],
)
def test_other_texts_are_unreadable(text: str) -> None:
    assert timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)(text) is UNREADABLE
    assert not is_timestamp(text)


@pytest.mark.parametrize(
    ("day", "is_in_range"),
    [("31/12/1999", False), ("01/01/2000", True), ("26/08/2021", True), ("27/08/2021", False)],
)
def test_dates_reach_from_2000_to_a_day_after_the_upload(day: str, is_in_range: bool) -> None:  # noqa: FBT001
    """A till's clock may be a day ahead."""
    value = timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)(f"{day} 09:00")

    assert (value is not OUT_OF_RANGE) == is_in_range
