"""The task in an event of the function `remove`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Self

from chalicelib.errors import RequestError
from chalicelib.normalisation import store_key

FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "withdraw": ("object_key", "store", "day"),
        "erase": ("object_key",),
        "erase_customer": ("store", "customer", "after"),
        "discard": ("object_key",),
    }
)
"""The fields of each action; each may also have `dry_run`."""

REQUIRED: Final = frozenset({("erase_customer", "store"), ("erase_customer", "customer")}) | {
    (action, "object_key") for action in ("withdraw", "erase", "discard")
}


@dataclass(frozen=True, slots=True)
class Task:
    """A removal: of one file with all its versions, or of one customer of a store."""

    action: str
    object_key: str = ""
    store: str = ""
    day: str = ""
    """Such as 2021-08-25: with the store, it limits a withdrawal to versions with sales of that store on that day."""
    customer: str = field(default="", repr=False)
    """The name of a person: it must never be logged, nor be part of an answer or an error."""
    dry_run: bool = False
    """Whether to say what would be removed, without removing it."""
    after: str = ""
    """The place at which the previous page ended."""

    @property
    def store_key(self) -> str:
        """The key of the store; empty for all stores."""
        return store_key(self.store)

    @property
    def date(self) -> date | None:
        """The day as a date."""
        return date.fromisoformat(self.day) if self.day else None

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read an event; raise `RequestError`, which quotes none of its values, if it is invalid."""
        action = event.get("action")
        if not isinstance(action, str) or action not in FIELDS:
            raise RequestError(f"The action of a removal must be one of {', '.join(FIELDS)}.")
        allowed = ("action", *FIELDS[action], "dry_run")
        values = {name: value for name, value in event.items() if value is not None and value != ""}
        if values.keys() - set(allowed):
            raise RequestError(f"The action {action} has these fields alone: {', '.join(allowed[1:])}.")
        for entry in fields(cls):
            _check(entry.name, values)
        for name in FIELDS[action]:
            if (action, name) in REQUIRED and name not in values:
                raise RequestError(f"The action {action} needs the field {name}.")
        return cls(**values)


def _check(name: str, values: Mapping[str, Any]) -> None:
    """Raise `RequestError` if a field has a value of a wrong type, or one that cannot be a day."""
    value = values.get(name, "")
    if name == "dry_run":
        if value != "" and not isinstance(value, bool):
            raise RequestError("The field dry_run of a removal is not true or false.")
    elif not isinstance(value, str):
        raise RequestError(f"The field {name} of a removal is not a text.")
    elif not _is_plain(value):
        raise RequestError(
            f"The field {name} of a removal contains characters that the warehouse cannot hold."
        )
    elif name == "store" and value and not store_key(value):
        raise RequestError("The store of a removal has no letter or digit.")
    elif name == "day" and value:
        _check_day(value)


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise RequestError("The day of a removal must be a day such as 2021-08-25.") from None


def _is_plain(text: str) -> bool:
    """Tell whether a text can be sent to the warehouse: it has neither a lone surrogate nor NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
