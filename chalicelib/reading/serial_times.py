"""Excel's serial numbers, which count the days since the end of 1899, with the time of day as a fraction. Pure."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - stores tell no zone
DAY: Final = re.compile(r"[3-7][0-9]{4}")
DAY_AND_FRACTION: Final = re.compile(rf"({DAY.pattern})(?: 0?)?\.([0-9]{{1,18}})")
"""`44280.375`; in two columns, which are joined by a space, `44280 0.375`."""

SECONDS_A_DAY: Final = 24 * 60 * 60
SECONDS_A_MINUTE: Final = 60
FEWEST_DECIMALS: Final = 4
"""With fewer decimals, the fraction of a time that is no whole minute has been rounded by minutes."""


def iso_day(text: str) -> str:
    """Return the day of a serial number as an ISO date: `44280` is 2021-03-25. Any other text is no day: empty."""
    return _iso(EPOCH + timedelta(days=int(text)))[0] if DAY.fullmatch(text) else ""


def day_and_clock(text: str) -> tuple[str, str] | None:
    """Return the ISO date and the time of a serial number with a fraction: `44280.375` is 2021-03-25 and 09:00:00.

    Return None for any other text: a day without a fraction says no time, and `44280.4` may have been any minute.
    """
    match = DAY_AND_FRACTION.fullmatch(text)
    seconds = _seconds(match[2]) if match else None
    if match is None or seconds is None:
        return None
    return _iso(EPOCH + timedelta(days=int(match[1]), seconds=seconds))


def _seconds(decimals: str) -> int | None:
    exact = Decimal(f"0.{decimals}") * SECONDS_A_DAY
    # "3757" stands for 0.37565 to 0.37575: 4.32 seconds more or less, among which may be a whole minute
    leeway = Decimal(SECONDS_A_DAY) / 2 / 10 ** len(decimals) if len(decimals) >= FEWEST_DECIMALS else 0
    minute = round(exact / SECONDS_A_MINUTE) * SECONDS_A_MINUTE
    if abs(exact - minute) <= leeway:
        return minute
    return round(exact) if len(decimals) >= FEWEST_DECIMALS else None


def _iso(at: datetime) -> tuple[str, str]:
    return at.date().isoformat(), at.time().isoformat()
