"""The raw versions that wait to be loaded, and what their tags say, so that few need the warehouse. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.model import SourceVersion
from chalicelib.operations.reingests import REPORTED, tries
from chalicelib.settings import ALWAYS, Settings
from chalicelib.storage.raw_tags import Tags, is_refused

DAY: Final = timedelta(days=1)


class WaitingVersion(NamedTuple):
    """A raw version that is old enough to have been loaded, with its tags."""

    version: SourceVersion
    tags: Tags

    @property
    def is_refused(self) -> bool:
        """Whether its tag says that it is refused."""
        return is_refused(self.version, self.tags)

    @property
    def is_reported(self) -> bool:
        """Whether it is stuck, and a notice of that was sent."""
        return tries(self.tags) == REPORTED


def undecided(waiting: Sequence[WaitingVersion]) -> list[WaitingVersion]:
    """Return the versions of which their tags do not say enough: the ledger may have refused them nevertheless."""
    return [item for item in waiting if not (item.is_refused or item.is_reported)]


def reported(waiting: Sequence[WaitingVersion]) -> list[SourceVersion]:
    """Return the versions that are known to be stuck."""
    return [item.version for item in waiting if item.is_reported and not item.is_refused]


def is_check_due(now: datetime, settings: Settings) -> bool:
    """Tell whether a scheduled sweep enters the warehouse in any case: one a day does, in the summary's minute."""
    summary = now.replace(hour=settings.summary_hour, minute=0, second=0, microsecond=0)
    # 07:00 and a sweep every 15 minutes: the one from 07:00:00 to 07:14:59
    return settings.warehouse_checks == ALWAYS or (now - summary) % DAY < timedelta(
        minutes=settings.sweep_minutes
    )
