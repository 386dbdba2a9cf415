"""The files that the event of a replay selects. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Self

from chalicelib.errors import RequestError
from chalicelib.model import SourceVersion
from chalicelib.normalisation import store_key

SOURCES: Final = ("archive", "raw")


@dataclass(frozen=True, slots=True)
class Selection:
    """Files whose key begins with `prefix`, uploaded on the days from `since` to `until`, of one store or of all."""

    source: str = "archive"
    """`archive` for its copies, `raw` for the objects of the raw bucket."""
    prefix: str = ""
    store: str = ""
    """Only files with a sale of this store; empty for all."""
    since: date = date.min
    until: date = date.max
    dry_run: bool = False
    """Whether to say what a replay would do, without doing it."""
    after: str = ""
    """The place at which the previous page ended."""

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read an event; raise `RequestError` if it is invalid."""
        names = [field.name for field in fields(cls)]
        selected: dict[str, Any] = {name: value for name, value in event.items() if value not in (None, "")}
        if unknown := sorted(selected.keys() - set(names)):
            raise RequestError(f"A replay has no {unknown[0]}; it has {', '.join(names)}.")
        if selected.get("source", "archive") not in SOURCES:
            raise RequestError("A replay's source must be archive or raw.")
        days: dict[str, Any] = {
            name: _day(name, selected[name]) for name in ("since", "until") if name in selected
        }
        return cls(**(selected | days))

    def takes(self, version: SourceVersion) -> bool:
        """Tell whether a version has the prefix, and was uploaded on one of the days."""
        day = version.last_modified.date()
        return version.object_key.startswith(self.prefix) and self.since <= day <= self.until

    def takes_stores(self, store_keys: Collection[str]) -> bool:
        """Tell whether a file with sales of the stores with these keys is selected."""
        return not self.store or store_key(self.store) in store_keys


def _day(name: str, text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as exc:
        raise RequestError(f"A replay's {name} must be a day such as 2021-08-25.") from exc
