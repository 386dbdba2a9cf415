"""Which files a replay is about, as its event tells it. Pure."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Self

from chalicelib.errors import RequestError
from chalicelib.model import SourceVersion

SOURCES: Final = ("archive", "raw")


@dataclass(frozen=True, slots=True)
class Selection:
    """Files whose key begins with `prefix`, uploaded on the days from `since` to `until`, of a store or of all."""

    source: str = "archive"
    """The archive's copies, or the objects of the raw bucket."""
    prefix: str = ""
    store: str = ""
    """Of which a file states a sale."""
    since: date = date.min
    until: date = date.max
    dry_run: bool = False
    """Whether to tell what a replay would do, and do nothing."""
    after: str = ""
    """Where the page before ended."""

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read an event; raise `RequestError` in plain words if it makes no sense."""
        names = [field.name for field in fields(cls)]
        told: dict[str, Any] = {name: value for name, value in event.items() if value not in (None, "")}
        if unknown := sorted(told.keys() - set(names)):
            raise RequestError(f"A replay has no {unknown[0]}; it has {', '.join(names)}.")
        if told.get("source", "archive") not in SOURCES:
            raise RequestError("A replay's source is archive or raw.")
        days: dict[str, Any] = {name: _day(name, told[name]) for name in ("since", "until") if name in told}
        return cls(**(told | days))

    def takes(self, version: SourceVersion) -> bool:
        """Tell whether a version's name and day fit."""
        day = version.last_modified.date()
        return version.object_key.startswith(self.prefix) and self.since <= day <= self.until

    def takes_stores(self, stores: set[str]) -> bool:
        """Tell whether a file that states sales of these stores fits."""
        return not self.store or _plain(self.store) in set(map(_plain, stores))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _day(name: str, text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as exc:
        raise RequestError(f"A replay's {name} is a day such as 2021-08-25.") from exc
