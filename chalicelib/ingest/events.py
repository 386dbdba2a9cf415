"""The objects that an event names. EventBridge, SNS and SQS wrap S3's events, one of them or several. Pure.

S3's own    {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "caf%C3%A9.csv", …}}}]}
EventBridge {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": "café.csv", …}}}
SNS         {"Records": [{"Sns": {"Message": "…"}}]}, and in a queue {"Type": "Notification", "Message": "…"}
SQS         {"Records": [{"body": "…"}]}
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import unquote_plus

from chalicelib.errors import RequestError

DEEPEST: Final = 4
"""Envelopes around an event, at most; EventBridge, SNS and SQS one after the other are three."""


@dataclass(frozen=True, slots=True)
class NamedObject:
    """A version of an object that an event names."""

    key: str
    version_id: str
    """Empty in a bucket without versions; so are the others if the event does not say them."""
    etag: str
    sequencer: str
    is_created: bool
    """False if the event says anything else of it, for example that it was deleted."""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Read a record of S3's own event, in which the key is URL-encoded; raise `RequestError`."""
        # "caf%C3%A9+leeds.csv" -> "café leeds.csv"; "leeds%FF.csv", which is not UTF-8 -> "leeds\udcff.csv"
        kind, s3_object = record.get("eventName"), _object(record["s3"])
        return cls(
            key=unquote_plus(_text(s3_object, "key"), errors="surrogateescape"),
            version_id=_text(s3_object, "versionId", ""),
            etag=_text(s3_object, "eTag", ""),
            sequencer=_text(s3_object, "sequencer", ""),
            is_created=_kind(kind).removeprefix("s3:").startswith("ObjectCreated:"),
        )

    @classmethod
    def from_eventbridge(cls, event: dict[str, Any]) -> Self:
        """Read an event of EventBridge, in which the key is as it is; raise `RequestError`."""
        s3_object = _object(event.get("detail"))
        return cls(
            key=_text(s3_object, "key"),
            version_id=_text(s3_object, "version-id", ""),
            etag=_text(s3_object, "etag", ""),
            sequencer=_text(s3_object, "sequencer", ""),
            is_created=_kind(event["detail-type"]) == "Object Created",
        )


def named_objects(event: Any) -> tuple[list[NamedObject], list[RequestError]]:
    """Return the objects that an event names, each once, and an error for each part that is no event of S3.

    S3's test event names none. No error quotes anything of the event.
    """
    parts = list(_parts(event, DEEPEST))
    named = [part for part in parts if isinstance(part, NamedObject)]
    return list(dict.fromkeys(named)), [part for part in parts if isinstance(part, RequestError)]


def _parts(event: Any, depth: int) -> Iterator[NamedObject | RequestError]:
    try:
        match event:
            case {"Records": list(records)}:
                for record in records:
                    yield from _of_record(record, depth)
            case {"source": "aws.s3", "detail-type": str(kind)} if kind.startswith("Object "):
                yield NamedObject.from_eventbridge(event)
            case {"Type": "Notification", "Message": str(message)}:
                yield from _unwrapped(message, depth)
            case {"Service": "Amazon S3", "Event": "s3:TestEvent"}:
                return
            case _:
                yield RequestError("An event is not one of S3, nor wraps one.")
    except RequestError as exc:
        yield exc


def _of_record(record: Any, depth: int) -> Iterator[NamedObject | RequestError]:
    """Yield what one record names; a malformed record does not hide the others."""
    try:
        match record:
            case {"Sns": {"Message": str(message)}} | {"body": str(message)}:
                yield from _unwrapped(message, depth)
            case {"s3": _}:
                yield NamedObject.from_record(record)
            case _:
                yield RequestError("A record of an event is not one of S3, nor wraps one.")
    except RequestError as exc:
        yield exc


def _unwrapped(message: str, depth: int) -> Iterator[NamedObject | RequestError]:
    if not depth:
        raise RequestError(f"An event is wrapped more than {DEEPEST} times.")
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        raise RequestError("A message that should wrap an event of S3 is not JSON.") from None
    yield from _parts(event, depth - 1)


def _object(parent: Any) -> dict[str, Any]:
    """Return the description of the object."""
    if isinstance(parent, dict) and isinstance(parent.get("object"), dict):
        s3_object: dict[str, Any] = parent["object"]
        return s3_object
    raise RequestError("A record of an event of S3 names no object.")


def _text(s3_object: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a text of the object's description; a null counts as the default."""
    value = s3_object.get(name)
    text = default if value is None else value
    if not isinstance(text, str):
        raise RequestError(f"In a record of an event of S3 the object's {name} is not a text.")
    return text


def _kind(value: Any) -> str:
    if not isinstance(value, str):
        raise RequestError("A record of an event of S3 does not say what happened.")
    return value
