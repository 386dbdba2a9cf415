"""The mails that a pipeline has sent, as the queues of their topics got them."""

import json
from dataclasses import dataclass

from tests.support.pipeline import NOTICES, STORES, Pipeline


@dataclass(frozen=True)
class SentMail:
    """A mail; store and kind are empty in one to head office."""

    store: str
    kind: str
    subject: str
    text: str

    @property
    def words(self) -> str:
        """The text with single spaces, however it was wrapped."""
        return " ".join(self.text.split())


def taken(pipeline: Pipeline, queue: str) -> list[SentMail]:
    """Return the mails that a queue got since the last call, sorted by store and kind."""
    mails = []
    for body in map(json.loads, pipeline.take(queue)):
        values = {name: attribute["Value"] for name, attribute in body.get("MessageAttributes", {}).items()}
        mails.append(
            SentMail(values.get("store", ""), values.get("kind", ""), body["Subject"], body["Message"])
        )
    return sorted(mails, key=lambda mail: (mail.store, mail.kind))


def to_stores(pipeline: Pipeline) -> list[SentMail]:
    """Return the mails to all stores."""
    return taken(pipeline, STORES)


def to_head_office(pipeline: Pipeline) -> list[SentMail]:
    """Return the mails to head office."""
    return taken(pipeline, NOTICES)
