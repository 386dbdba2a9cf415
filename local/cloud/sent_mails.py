"""The mails that functions have published. Moto keeps them; nothing leaves this machine."""

from typing import Any

from local.cloud import moto_backends


def sent_mails() -> list[dict[str, Any]]:
    """Return all mails, topic by topic, each with its subject, text and attributes, the oldest first."""
    return [
        {
            "topic": topic.name,
            "subject": subject or "",
            "text": text,
            "attributes": {name: value["Value"] for name, value in (attributes or {}).items()},
        }
        for topic in moto_backends.topics().values()
        for _, text, subject, attributes, _ in topic.sent_notifications
    ]


def saved() -> dict[str, list[Any]]:
    """Return all mails as moto has them, by the ARN of their topic."""
    return {arn: list(topic.sent_notifications) for arn, topic in moto_backends.topics().items()}


def restore(mails: dict[str, list[Any]]) -> None:
    """Put mails back; those of a topic that is no longer deployed are lost."""
    for arn, of_topic in mails.items():
        if arn in moto_backends.topics():
            moto_backends.topics()[arn].sent_notifications[:0] = map(tuple, of_topic)
