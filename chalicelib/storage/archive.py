"""The archive: a redacted copy of each load, and with it what a replay needs."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TextIO
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from chalicelib.errors import DamagedPartError, MissingPartError
from chalicelib.model import Outcome, SourceVersion, Status

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "archive/"
AS_LOADED: Final = ("reading", "remarks")
PLAIN: Final = " ,.;:()'/"
"""What stands in S3's metadata, which are headers, as it is."""

GONE: Final = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}


@dataclass(frozen=True, slots=True)
class Copy:
    """What an archive copy says of itself."""

    archive_key: str
    file_id: int
    """Its place in the order of loading."""
    arrived_as: Status
    source: SourceVersion
    content_sha256: str
    hash_key_id: str
    reading: str
    remarks: str

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Return what the copy of a ledger row says."""
        request, marks = outcome.request, outcome.marks
        return cls(
            f"{FOLDER}{marks.object_key}/{request.content_sha256}-{outcome.file_id}.csv.gz",
            outcome.file_id,
            outcome.arrived_as,
            marks,
            request.content_sha256,
            request.hash_key_id,
            request.reading,
            request.remarks,
        )

    @classmethod
    def read(cls, archive_key: str, told: dict[str, str]) -> Self:
        """Return what an object's metadata tells; raise `DamagedPartError` if that is not a copy's."""
        try:
            source = SourceVersion(
                object_key=object_key(archive_key),
                version_id=told["version-id"],
                etag=told["etag"],
                last_modified=datetime.fromisoformat(told["last-modified"]),
                sequencer=told["sequencer"],
            )
            return cls(
                archive_key,
                int(told["file-id"]),
                Status(told["status"]),
                source,
                told["content-sha256"],
                told["hash-key-id"],
                unquote(told.get("reading", "")),
                unquote(told.get("remarks", "")),
            )
        except (KeyError, ValueError) as exc:
            raise DamagedPartError(f"{archive_key} does not say of which load it is a copy.") from exc

    def metadata(self) -> dict[str, str]:
        """Return what is kept beside the copy."""
        return {
            "content-sha256": self.content_sha256,
            "file-id": str(self.file_id),
            "status": self.arrived_as,
            "last-modified": self.source.last_modified.isoformat(),
            "sequencer": self.source.sequencer,
            "version-id": self.source.version_id,
            "etag": self.source.etag,
            "hash-key-id": self.hash_key_id,
            "reading": quote(self.reading, PLAIN),
            "remarks": quote(self.remarks, PLAIN),
        }


class Archive:
    """The copies in the processed bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, outcome: Outcome) -> None:
        """Keep the copy of a ledger row; may be repeated.

        Raise `MissingPartError` if there is neither a copy nor the part.
        """
        copy, part = Copy.of(outcome), outcome.request.parts.archive
        kept = metadata(self._client, self._bucket, copy.archive_key)
        told = copy.metadata()
        if kept:  # what the ledger says of its reading was told when it was loaded
            told |= {name: kept[name] for name in AS_LOADED if name in kept}
        if kept == told:
            return
        try:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=copy.archive_key,
                CopySource={"Bucket": self._bucket, "Key": part if kept is None else copy.archive_key},
                Metadata=told,
                MetadataDirective="REPLACE",
            )
        except ClientError as exc:
            if code(exc) not in GONE:
                raise
            raise MissingPartError(f"The staged part {part} is gone.") from exc

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys of the copies of files whose key begins like this, in the order of loading."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=FOLDER + prefix
        )
        keys = (found["Key"] for page in pages for found in page.get("Contents", []))
        return sorted(keys, key=turn)

    def delete(self, key: str) -> None:
        """Delete the copies of one file; may be repeated."""
        found: Any = [{"Key": archive_key} for archive_key in self.keys(f"{key}/")]
        if found:
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found, "Quiet": True})

    @contextmanager
    def open(self, archive_key: str) -> Iterator[tuple[Copy, TextIO]]:
        """Read a copy, unpacked; raise `DamagedPartError` if it is none."""
        answer = self._client.get_object(Bucket=self._bucket, Key=archive_key)
        with closing(answer["Body"]) as body:
            unpacked = gzip.GzipFile(fileobj=body)
            try:
                yield (
                    Copy.read(archive_key, answer["Metadata"]),
                    io.TextIOWrapper(unpacked, "utf-8", newline=""),
                )
            except (OSError, EOFError, zlib.error, UnicodeDecodeError) as exc:
                raise DamagedPartError(f"{archive_key} is damaged ({type(exc).__name__}).") from exc


def object_key(archive_key: str) -> str:
    """Return the key of the raw object of which an archive key's object is a copy."""
    return archive_key.removeprefix(FOLDER).rpartition("/")[0]


def turn(archive_key: str) -> tuple[int, str]:
    """Return a copy's place in the order of loading, as its name tells it; what is no copy comes first."""
    number = archive_key.rpartition("-")[2].partition(".")[0]
    return (int(number) if number.isdecimal() else 0), archive_key


def metadata(client: "S3Client", bucket: str, key: str) -> dict[str, str] | None:
    """Return an object's metadata; None if there is no such object."""
    try:
        return client.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as exc:
        if code(exc) not in GONE:
            raise
        return None


def code(exc: ClientError) -> str:
    """Return S3's word for an error."""
    return str(exc.response.get("Error", {}).get("Code", ""))
