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
        "05/06/21 09:00",
        "5.6.21 9:00",
        "05/06/2021, 09:00:00",
        "05/06/21,09:00",
        *("5-Jun-2021 09:00", "05 June 2021 09:00", "5th June 21 9:00 a.m.", "Sat, 5 Jun 2021 at 9:00 AM"),
        *("Jun 5, 2021, 9:00 AM", "June 5th 2021 09:00", "2021-Jun-05T09:00:00", "05JUN2021 09:00"),
        *("44352.375", "44352.37500", "44352 0.375", "44352 09:00", "44352.375000001"),
        *("2021-06-05T09:00:00Z", "2021-06-05 09:00:00 +0100", "2021-06-05T09:00:00.000+01:00"),
        *("05/06/2021 09:00 BST", "5-Jun-2021 09:00 AM GMT", "2021-06-05T09:00+01:00[Europe/London]"),
        "Sat Jun 05 2021 09:00:00 GMT+0100 (British Summer Time)",
    ],
)
def test_ways_to_write_a_timestamp(text: str) -> None:
    assert timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)(text) == "2021-06-05 09:00:00"
    assert is_timestamp(text) or text == "44352 09:00"


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
        *("", "soon", "05/06/2021", "09:00", "31/06/2021 09:00", "05/06/210 09:00", "05/06-2021 09:00"),
        *("5 Mai 2021 09:00", "31 June 2021 09:00", "June 2021 09:00", "5 June 09:00", "44352", "44352.38"),
        *("14352.375", "05/06/2021 09:00 CET", "05/06/2021 09:00+99:00", "05/06/21", " " * 99 + "9"),
        *(
            "05/06/2021 24:00",
            "05/06/2021 09:60",
            "05/06/2021 13:00 PM",
            "05/06/2021 0:30 AM",
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


@pytest.mark.parametrize(
    ("serial", "clock"),
    [
        ("44352.37569", "09:01:00"),  # 0.43 seconds more or less: the whole minute
        ("44352.3757", "09:01:00"),  # 4.3 seconds more or less: the whole minute among them
        ("44352.37571", "09:01:01"),
        ("44352.999999999", "00:00:00"),
    ],
)
def test_a_serial_number_is_rounded_as_far_as_its_decimals_go(serial: str, clock: str) -> None:
    value = timestamp_reader(Order.DAY_FIRST, UPLOADED_AT)(serial)

    assert str(value)[-len(clock) :] == clock


def test_the_words_for_zones_are_noted_and_the_clock_stays_as_it_is() -> None:
    zones: set[str] = set()
    read = timestamp_reader(Order.DAY_FIRST, UPLOADED_AT, zones)

    values = {
        read(f"2021-06-05 09:00{zone}") for zone in ("", "z", " UTC", "Z", " GMT", "+02:00", " GMT+0100")
    }

    assert (values, zones) == ({"2021-06-05 09:00:00"}, {"Z", "UTC", "GMT"})
