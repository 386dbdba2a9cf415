"""Ingest and load with staged parts in memory, without S3 and SQS."""

import hashlib
import io
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any, Final

from chalicelib.ingest import handler as ingest_handler
from chalicelib.model import LoadRequest, Rules, SourceVersion
from chalicelib.storage.archive import Archive
from chalicelib.storage.buckets import Buckets
from chalicelib.storage.raw import RawBucket, RawObject
from chalicelib.storage.staged import StagedParts

UPLOADED_AT: Final = datetime.fromisoformat("2022-04-08 19:00:00")
HASH_KEY: Final = bytes(range(32))


class MemoryParts(StagedParts):
    """Staged parts in memory, not in S3."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}

    def write(self, key: str, body: IO[bytes], metadata: Mapping[str, str] | None = None) -> None:  # noqa: ARG002
        """Store a part."""
        self.parts[key] = body.read()

    def _get(self, key: str) -> dict[str, Any]:
        body = self.parts[key]
        return {"Body": io.BytesIO(body), "ContentLength": len(body)}


def in_memory(parts: StagedParts) -> Buckets:
    """Return buckets for a load that uses only their parts: no file of the bench is tied with another version."""
    no_client: Any = None
    return Buckets(RawBucket(no_client, ""), parts, Archive(no_client, ""))


def ingest(name: str, content: bytes, parts: StagedParts) -> LoadRequest:
    """Run the ingest of a file, without S3 and SQS."""
    version = SourceVersion(name, "v", "e", UPLOADED_AT, "")
    raw = RawObject(version, io.BytesIO(content), hashlib.sha256(content).hexdigest(), len(content))
    return ingest_handler.stage_object(raw, parts, HASH_KEY, Rules())
