"""The archive in the processed bucket: a redacted copy of each load, with the metadata that a replay needs."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TextIO
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from chalicelib.aws import is_gone
from chalicelib.errors import DamagedPartError, MissingPartError
from chalicelib.model import Outcome, SourceVersion, Status
from chalicelib.storage.versions import ObjectVersion, delete, versions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "archive/"
FIXED_AT_LOAD: Final = ("reading", "remarks")
"""Metadata that a later delivery of the same content does not change."""

VERSION: Final = ("last-modified", "sequencer", "version-id", "etag")
"""Metadata of the newest upload of the content. As text, the first two order uploads by time."""

UNQUOTED: Final = " ,.;:()'/"
"""Characters that metadata may contain, since S3 sends it as headers; all others are percent-encoded."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The content of an archive copy's metadata."""

    archive_key: str
    file_id: int
    """Its place in the order of loading."""
    archived_status: Status
    source: SourceVersion
    content_sha256: str
    hash_key_id: str
    reading: str
    remarks: str

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Describe the copy of a ledger row."""
        request, version = outcome.request, outcome.version
        return cls(
            copy_key(version.object_key, request.content_sha256, outcome.file_id),
            outcome.file_id,
            outcome.archived_status,
            version,
            request.content_sha256,
            request.hash_key_id,
            request.reading,
            request.remarks,
        )

    @classmethod
    def read(cls, archive_key: str, metadata: dict[str, str]) -> Self:
        """Read an object's metadata; raise `DamagedPartError` if it is not that of an archive copy."""
        try:
            source = SourceVersion(
                object_key=object_key(archive_key),
                version_id=metadata["version-id"],
                etag=metadata["etag"],
                last_modified=datetime.fromisoformat(metadata["last-modified"]),
                sequencer=metadata["sequencer"],
            )
            return cls(
                archive_key,
                int(metadata["file-id"]),
                Status(metadata["status"]),
                source,
                metadata["content-sha256"],
                metadata["hash-key-id"],
                unquote(metadata.get("reading", "")),
                unquote(metadata.get("remarks", "")),
            )
        except (KeyError, ValueError) as exc:
            raise DamagedPartError(f"{archive_key} does not say of which load it is a copy.") from exc

    def metadata(self) -> dict[str, str]:
        """Return the object's metadata."""
        return {
            "content-sha256": self.content_sha256,
            "file-id": str(self.file_id),
            "status": self.archived_status,
            "last-modified": self.source.last_modified.isoformat(),
            "sequencer": self.source.sequencer,
            "version-id": self.source.version_id,
            "etag": self.source.etag,
            "hash-key-id": self.hash_key_id,
            "reading": quote(self.reading, UNQUOTED),
            "remarks": quote(self.remarks, UNQUOTED),
        }


class Archive:
    """The copies under `archive/`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def store(self, outcome: Outcome) -> None:
        """Store the copy of a ledger row, or bring its metadata up to date; may be repeated.

        Raise `MissingPartError` if there is neither a copy nor the staged part that it is made from.
        """
        copy, part = Copy.of(outcome), outcome.request.parts.archive
        stored = self._metadata(copy.archive_key)
        metadata = copy.metadata()
        if stored:
            metadata |= _lasting(stored, metadata)
        if metadata == stored:
            return
        try:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=copy.archive_key,
                CopySource={"Bucket": self._bucket, "Key": part if stored is None else copy.archive_key},
                Metadata=metadata,
                MetadataDirective="REPLACE",
            )
        except ClientError as exc:
            if not is_gone(exc):
                raise
            raise MissingPartError(f"The staged part {part} is gone.") from exc

    def _metadata(self, archive_key: str) -> dict[str, str] | None:
        """Return the metadata of a copy; None if there is no such copy."""
        try:
            return self._client.head_object(Bucket=self._bucket, Key=archive_key)["Metadata"]
        except ClientError as exc:
            if not is_gone(exc):
                raise
            return None

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys of the copies of all files whose object key begins with `prefix`, in the order of loading."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=FOLDER + prefix
        )
        keys = (listed["Key"] for page in pages for listed in page.get("Contents", []))
        return sorted(keys, key=load_order)

    def delete(self, key: str) -> None:
        """Delete the copies of one file, named by its object key; may be repeated."""
        # Under "leeds.csv/" there may also be copies of the key "leeds.csv/late.csv".
        copies: Any = [
            {"Key": archive_key} for archive_key in self.keys(f"{key}/") if object_key(archive_key) == key
        ]
        if copies:
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": copies, "Quiet": True})

    def set_status(self, archive_key: str, status: Status) -> bool:
        """Write a status into the metadata of a copy; return False if there is no such copy. May be repeated."""
        stored = self._metadata(archive_key)
        if stored is None:
            return False
        if stored.get("status") != status:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=archive_key,
                CopySource={"Bucket": self._bucket, "Key": archive_key},
                Metadata=stored | {"status": status},
                MetadataDirective="REPLACE",
            )
        return True

    def all_versions_of(self, keys: Iterable[str]) -> list[ObjectVersion]:
        """Return all versions of all copies of files, named by their object keys, and all delete markers."""
        return [
            version
            for key in keys
            for version in versions(self._client, self._bucket, f"{FOLDER}{key}/")
            if object_key(version.key) == key
        ]

    def versions_after(self, archive_key: str) -> Iterator[ObjectVersion]:
        """Yield all versions of all copies whose own keys come after a key, in the order of these keys."""
        return (
            version
            for version in versions(self._client, self._bucket, FOLDER, after=archive_key)
            if not version.is_marker
        )

    def erase(self, obsolete: Iterable[ObjectVersion]) -> None:
        """Delete versions and delete markers for good; may be repeated."""
        delete(self._client, self._bucket, obsolete)

    def erase_text(self, version: ObjectVersion, text: str, *, dry_run: bool) -> bool:
        """Take a text out of a version of a copy; return whether the version contained it. May be repeated.

        The newest version gets a successor with the same metadata. Versions that contained the text are deleted for
        good. A version that is gone meanwhile contains nothing.
        """
        try:
            response = self._client.get_object(
                Bucket=self._bucket, Key=version.key, VersionId=version.version_id
            )
        except ClientError as exc:
            if not is_gone(exc):
                raise
            return False
        content = _unpacked(version.key, response["Body"].read())
        if text.encode() not in content:
            return False
        if dry_run:
            return True
        if version.is_latest:
            body = gzip.compress(content.replace(text.encode(), b""))
            stored = self._client.put_object(
                Bucket=self._bucket, Key=version.key, Body=body, Metadata=response["Metadata"]
            )
            if stored.get("VersionId", version.version_id) == version.version_id:
                return True  # a bucket that keeps no versions: the new body has taken the old one's place
        self.erase([version])
        return True

    @contextmanager
    def open(self, archive_key: str) -> Iterator[tuple[Copy, TextIO]]:
        """Read a copy, unpacked; raise `DamagedPartError` if it is not a copy."""
        response = self._client.get_object(Bucket=self._bucket, Key=archive_key)
        with closing(response["Body"]) as body:
            unpacked = gzip.GzipFile(fileobj=body)
            try:
                yield (
                    Copy.read(archive_key, response["Metadata"]),
                    io.TextIOWrapper(unpacked, "utf-8", newline=""),
                )
            except (OSError, EOFError, zlib.error, UnicodeDecodeError) as exc:
                raise DamagedPartError(f"{archive_key} is damaged ({type(exc).__name__}).") from exc


def _lasting(stored: Mapping[str, str], metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the stored metadata that new metadata do not replace.

    Two loads that commit one after the other may archive the same row in the other order.
    """
    names = [*FIXED_AT_LOAD]
    if _order(stored) > _order(metadata):
        names += VERSION
    if stored.get("status") == Status.WITHDRAWN:
        names.append("status")
    return {name: stored[name] for name in names if name in stored}


def _order(metadata: Mapping[str, str]) -> list[str]:
    return [metadata.get(name, "") for name in VERSION[:2]]


def copy_key(key: str, content_sha256: str, file_id: int) -> str:
    """Return the key of the archive copy of a file, named by its object key."""
    # leeds.csv -> archive/leeds.csv/<sha256>-17.csv.gz
    return f"{FOLDER}{key}/{content_sha256}-{file_id}.csv.gz"


def _unpacked(archive_key: str, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as exc:
        raise DamagedPartError(f"{archive_key} is damaged ({type(exc).__name__}).") from exc


def object_key(archive_key: str) -> str:
    """Return the key of the raw object that an archive copy was made from."""
    # archive/2021/leeds.csv/<sha256>-17.csv.gz -> 2021/leeds.csv
    return archive_key.removeprefix(FOLDER).rpartition("/")[0]


def load_order(archive_key: str) -> tuple[int, str]:
    """Return a copy's place in the order of loading, from its key; an object that is not a copy comes first."""
    # archive/2021/leeds.csv/<sha256>-17.csv.gz -> 17
    number = archive_key.rpartition("-")[2].partition(".")[0]
    return (int(number) if number.isdecimal() else 0), archive_key
