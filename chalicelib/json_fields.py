"""JSON that anybody may have written, read as a frozen dataclass: the types of its fields say what each may be.

A text must also fit into the column of its name in the ledger, and so must a number. No message of an error here
quotes the JSON: it may hold anything, and the message goes into the log.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeVar, get_args, get_origin

from chalicelib.errors import RequestError
from chalicelib.parts import FILES, PartColumn

TEXTS: Final = {column.name: column for column in FILES.columns if column.kind in {"char", "varchar"}}
NUMBERS: Final = {column.name: column for column in FILES.columns if column.kind in {"integer", "bigint"}}

OTHER_TEXT: Final = PartColumn("", "varchar(1024)")
"""The column for texts that the ledger does not have: the keys of parts, which S3 limits to so many bytes."""

OTHER_NUMBER: Final = PartColumn("", "integer")

POUNDS: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
"""As numeric(12, 2) has it. `Decimal` itself also reads NaN, 1E+9, 1_000 and the digits of other scripts."""

T = TypeVar("T")


def read(kind: type[T], body: Any) -> T:
    """Return a body as a dataclass; raise `RequestError`, which names what is wrong, if it is not one."""
    try:
        message = json.loads(body)
    except (ValueError, TypeError, RecursionError):  # "[[[[[[…" needs more stack than there is
        raise RequestError("it is not JSON") from None
    return _instance(kind, message, "it")


def _instance(kind: type[T], message: Any, name: str) -> T:
    if not isinstance(message, dict):
        raise RequestError(f"{name} is not an object")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if message.keys() - fields.keys():
        raise RequestError(f"{name} has a field that is not known")
    for field in fields.values():
        if field.default is dataclasses.MISSING and field.name not in message:
            raise RequestError(f"{field.name} is missing")
    return kind(**{name: _value(fields[name].type, name, value) for name, value in message.items()})


def _value(kind: Any, name: str, value: Any) -> Any:
    """Return a JSON value as a field of this type and name has it."""
    if dataclasses.is_dataclass(kind):
        return _instance(kind, value, name)  # type: ignore[arg-type]
    reader = CODES if get_origin(kind) is Literal else READERS[kind]
    # `type` and not `isinstance`: JSON's `true` would be a number. 1e400, NaN and 3.0 are of the type `float`.
    if type(value) is reader.json_type and (result := reader.read(kind, name, value)) is not None:
        return result
    raise RequestError(f"{name} is not {reader.noun}")


def _number(_kind: Any, name: str, value: int) -> int | None:
    return value if 0 <= value < NUMBERS.get(name, OTHER_NUMBER).limit else None


def _text(_kind: Any, name: str, value: str) -> str | None:
    return value if TEXTS.get(name, OTHER_TEXT).can_hold(value) else None


def _code(kind: Any, _name: str, value: str) -> str | None:
    return value if value in get_args(kind) else None


def _pounds(_kind: Any, _name: str, value: str) -> Decimal | None:
    return Decimal(value) if POUNDS.fullmatch(value) else None


def _truth(_kind: Any, _name: str, value: bool) -> bool:  # noqa: FBT001 - a value of JSON
    return value


def _time(_kind: Any, _name: str, value: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is None and not time.microsecond else None


class Reader(NamedTuple):
    """How a field of a type is read: from which type of JSON, and by a function that returns None if it cannot be."""

    json_type: type
    read: Callable[[Any, str, Any], Any]
    noun: str


CODES: Final = Reader(str, _code, "one of its codes")

READERS: Final[Mapping[Any, Reader]] = MappingProxyType(
    {
        int: Reader(int, _number, "a whole number that its column can hold"),
        bool: Reader(bool, _truth, "true or false"),
        str: Reader(str, _text, "a text that its column can hold"),
        Decimal: Reader(str, _pounds, "an amount of pounds"),
        datetime: Reader(str, _time, "a time in whole seconds without a zone"),
    }
)
