"""The timestamp of a sale, read from a date and a time of day, in one column or in two. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.memory import remembered
from chalicelib.reading import serial_times
from chalicelib.reading.dates import Order, day, halves, is_day
from chalicelib.reading.fields import Fault
from chalicelib.reading.formats import TIME_EXAMPLE, Column

CLOCK: Final = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?"
)
HALF_A_DAY: Final = 12

LONGEST: Final = 80
"""No timestamp is longer; longer texts are not searched."""

DAY_AND_CLOCK: Final = re.compile(
    # `25 March 2021 09:00`, `25/03/2021, 09:00:00`, `25 March 2021 at 9:00 AM`
    r"(?P<day>.+?)(?:T|,? (?:at )?|,)(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?[AP]\.?M\.?)?)"
    # `2021-03-25T09:00Z`, `… +01:00`, `… GMT+0100 (British Summer Time)`, `…+00:00[Europe/London]`
    r" ?(?P<zone>Z|UTC|GMT|BST)?(?: ?[-+][01][0-9](?::?[0-5][0-9])?)?(?: \([a-z ]+\))?(?:\[[a-z/_]+\])?",
    re.IGNORECASE,
)
UTC: Final = frozenset({"Z", "UTC"})
"""Zones that a program may have written instead of that of the store's clock."""

EARLIEST: Final = date(2000, 1, 1)
FAST_CLOCK: Final = timedelta(days=1)
"""The time by which a till's clock may be ahead of the upload."""

UNREADABLE: Final = Fault(
    Column.SOLD_AT,
    "bad_time",
    f"The date or the time is missing, impossible, or not written like {TIME_EXAMPLE}.",
)
OUT_OF_RANGE: Final = Fault(
    Column.SOLD_AT,
    "time_out_of_range",
    "The date is before the year 2000, or after the day on which the file was uploaded.",
)


def timestamp_reader(
    order: Order, uploaded_at: datetime, zones: set[str] | None = None
) -> Callable[[str], str | Fault]:
    """Return a function that reads a timestamp into `YYYY-MM-DD HH:MM:SS`; it reads each date and time once.

    A time is the store's, whatever zone is written behind it. The words for zones are added to `zones`, in capitals.
    The function remembers the texts that it is given, so that these have to be short.
    """
    latest = uploaded_at.date() + FAST_CLOCK
    written_zones = set() if zones is None else zones

    @remembered()
    def iso_day(text: str) -> str | Fault:
        sold_on = day(text, order)
        if sold_on is None:
            return UNREADABLE
        return sold_on.isoformat() if EARLIEST <= sold_on <= latest else OUT_OF_RANGE

    def read(text: str) -> str | Fault:
        # "25/08/2021 09:00", the usual form, is split at its space without a pattern. Only a text that cannot be
        # read in this way, such as "2021-08-25T09:00", takes the slower way.
        day_text, _, clock_text = text.partition(" ")
        sold_on, clock = iso_day(day_text), _clock(clock_text)
        if sold_on is UNREADABLE or not clock:
            day_text, clock_text, zone = parts(text)
            if zone:
                written_zones.add(zone)
            sold_on, clock = iso_day(day_text), _clock(clock_text)
        if isinstance(sold_on, Fault):
            return sold_on
        return f"{sold_on} {clock}" if clock else UNREADABLE

    return read


def parts(timestamp: str) -> tuple[str, str, str]:
    """Return date, time of day and zone of a timestamp as text; each is empty if it has none. The zone is in capitals.

    A serial number of Excel is turned into a date and a time.
    """
    day_text, clock_text = halves(timestamp)
    if len(timestamp) > LONGEST:
        return day_text, "", ""
    if _clock(clock_text):
        return serial_times.iso_day(day_text) or day_text, clock_text, ""
    text = " ".join(timestamp.split())
    if ":" in text and (match := DAY_AND_CLOCK.fullmatch(text)):
        day_text, clock_text, zone = match.group("day", "clock", "zone")
        return serial_times.iso_day(day_text) or day_text, clock_text, (zone or "").upper()
    return (*(serial_times.day_and_clock(text) or (day_text, clock_text)), "")


def is_timestamp(text: str) -> bool:
    """Tell whether a text is a date and a time of day, the date in either order."""
    # The usual form, as in `timestamp_reader`. The day comes first: `_clock` remembers texts, and must get no surname.
    day_text, _, clock_text = text.partition(" ")
    if is_day(day_text) and _clock(clock_text):
        return True
    day_text, clock_text, _ = parts(text)
    return is_day(day_text) and is_time(clock_text)


def is_time(text: str) -> bool:
    """Tell whether a text is a time of day."""
    clock_text = text.strip()
    if len(clock_text) > LONGEST:
        return False
    if not _clock(clock_text):
        if ":" not in clock_text:
            return False
        # A zone may stand behind a time of day that has a column of its own, too: `09:00:00+01:00`.
        day_text, clock_text, _ = parts(f"day {text}")
        return day_text == "day" and bool(_clock(clock_text))
    return True


@remembered()
def _clock(text: str) -> str:
    """Return `HH:MM:SS`; empty if it is no time of day."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return ""
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    try:
        return time(_hour_of_day(hour, match[4]) if match[4] else hour, minute, second).isoformat()
    except ValueError:
        return ""


def _hour_of_day(hour: int, half: str) -> int:
    """Return the hour of a 24-hour clock for that of a 12-hour clock and the first letter of AM or PM."""
    if not 1 <= hour <= HALF_A_DAY:
        raise ValueError("a 12-hour clock does not show this hour")
    # 12 AM -> 0, 9 AM -> 9, 12 PM -> 12, 9 PM -> 21
    return hour % HALF_A_DAY + (HALF_A_DAY if half in "Pp" else 0)
