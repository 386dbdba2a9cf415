"""The messages of a queue as moto has them, those that nobody can receive now included."""

from typing import Any

from local.cloud import moto_backends


def queued(name: str) -> list[Any]:
    """Return moto's own list of a queue's messages; `messages` of a queue has the visible ones alone."""
    messages: list[Any] = moto_backends.queues()[name]._messages  # noqa: SLF001 - there is no other way
    return messages
