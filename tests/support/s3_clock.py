"""S3's clock in the hands of a test."""

from datetime import datetime, timedelta


class Clock:
    """A clock that moves on by a microsecond with each reading, so that all uploads share a second until it ticks.

    moto orders versions by the fractions of seconds; S3 and the project see whole seconds only.
    """

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 1, 6)  # noqa: DTZ001 - as moto keeps it

    def read(self) -> datetime:
        """Return a time that is later than any before."""
        self.now += timedelta(microseconds=1)
        return self.now

    def tick(self) -> None:
        """Begin the next second."""
        self.now = self.now.replace(microsecond=0) + timedelta(seconds=1)
