"""The raw bucket, to which stores upload their files: objects are read and deleted by version."""

import hashlib
import io
import logging
import tempfile
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import error_code, is_gone
from chalicelib.errors import RequestError
from chalicelib.log import log_event
from chalicelib.model import SourceVersion
from chalicelib.parts import OBJECT_KEY
from chalicelib.reading.file_names import is_rolling
from chalicelib.storage.raw_tags import RawTags
from chalicelib.storage.versions import ObjectVersion, delete, versions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MEMORY_LIMIT: Final = 32 * 2**20
"""Bytes of an object that are held in memory; a larger one goes to an unlinked temporary file."""

SEQUENCER_LENGTH: Final = 64

LONGEST_WAIT: Final = timedelta(seconds=5)
"""For a second to be over by S3's clock: its servers may differ a little."""


@dataclass(frozen=True, slots=True)
class RawObject:
    """The bytes of one version of a raw object, and which version that is."""

    version: SourceVersion
    content: IO[bytes]
    """Empty if the object is larger than the caller allows."""
    content_sha256: str
    size: int
    """In bytes, as S3 reports it before it sends the content."""
    storage_class: str = ""
    """The storage class, such as GLACIER, from which S3 does not give the content; empty if it does."""

    @property
    def is_folder_marker(self) -> bool:
        """Tell whether it is a folder that somebody made in the console, and no file."""
        return _is_folder_marker(self.version.object_key, self.size)


class RawBucket:
    """One raw bucket. It may keep versions or not."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self.tags = RawTags(client, bucket)

    @contextmanager
    def open(
        self, key: str, *, version_id: str, etag: str, sequencer: str, max_bytes: int
    ) -> Iterator[RawObject | None]:
        """Read the version that an event names; yield None if it is gone.

        Without a version id the newest version is read, which may be newer than the event: the event's sequencer counts
        only if the etags agree. An object larger than `max_bytes` is not fetched: its digest is that of size and etag.
        """
        chosen: dict[str, Any] = {"VersionId": version_id} if version_id else {}
        try:
            response, storage_class = self._get({"Bucket": self._bucket, "Key": key, **chosen})
        except ClientError as exc:
            if not is_gone(exc):
                raise
            yield None
            return
        version = SourceVersion(
            object_key=key,
            version_id=_version_id(response.get("VersionId")),
            etag=_etag(response["ETag"]),
            last_modified=_utc_seconds(response["LastModified"]),
            # S3 says to pad with zeros on the right, and to compare as text: "0A" < "0A1" < "0B".
            sequencer=sequencer.ljust(SEQUENCER_LENGTH, "0")
            if sequencer and _etag(response["ETag"]) == etag
            else "",
        )
        size = response["ContentLength"]
        if storage_class or size > max_bytes:
            # Even a digest of the bytes would cost too much here; size and etag distinguish two large files as well.
            if not storage_class:
                response["Body"].close()
            digest = hashlib.sha256(f"{size} bytes, eTag {version.etag}".encode())
            yield RawObject(version, io.BytesIO(), digest.hexdigest(), size, storage_class)
            return
        digest = hashlib.sha256()
        with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as content:
            for block in response["Body"].iter_chunks(2**20):
                digest.update(block)
                content.write(block)
            content.seek(0)
            yield RawObject(version, content, digest.hexdigest(), size)

    def versions(self, prefix: str = "") -> Iterator[SourceVersion]:
        """Yield all versions of all objects but folder markers, as S3 lists them: by key, the newest first."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for listed in page.get("Versions", []):
                if not _is_folder_marker(listed["Key"], listed["Size"]):
                    yield _source_version(listed)

    def _get(self, address: Any) -> tuple[Any, str]:
        """Return S3's answer about an object, and the storage class from which S3 does not give the content."""
        try:
            return self._client.get_object(**address), ""
        except ClientError as exc:
            if error_code(exc) != "InvalidObjectState":
                raise
            response = self._client.head_object(**address)
            return response, response.get("StorageClass", "GLACIER")

    def is_newest_of_its_second(self, version: SourceVersion) -> bool:
        """Tell whether the bucket has a version, and no newer one of its key from the same second.

        S3 is asked when that second is over by S3's own clock, so that the answer stays true. Raise `RequestError` if
        the second is far ahead: it was not S3 that named it, and waiting would hold up the whole batch.
        """
        while True:
            response = self._client.list_object_versions(Bucket=self._bucket, Prefix=version.object_key)
            date = response["ResponseMetadata"]["HTTPHeaders"]["date"]
            ahead = version.last_modified - parsedate_to_datetime(date).replace(tzinfo=None)
            if ahead < timedelta(0):
                break
            if ahead > LONGEST_WAIT:
                raise RequestError("A load request names a time of upload that is still to come.")
            time.sleep(1 / 4)
        newest_first = map(_source_version, response.get("Versions", []))
        same_second = (
            (listed.version_id, listed.etag)
            for listed in newest_first
            if (listed.object_key, listed.last_modified) == (version.object_key, version.last_modified)
        )
        return next(same_second, None) == (version.version_id, version.etag)

    def delete(self, version: SourceVersion) -> None:
        """Delete the bytes that were read, and nothing that was uploaded meanwhile; may be repeated.

        In a bucket that keeps versions the older ones of a dated key go too, refused ones included: a newer one is
        committed. Under a rolling key they may state other days, so they wait until each is read itself.
        """
        if version.version_id:
            is_alone = is_rolling(version.object_key)
            for version_id in [version.version_id] if is_alone else self._version_and_older(version):
                self._client.delete_object(Bucket=self._bucket, Key=version.object_key, VersionId=version_id)
            return
        # Without versions the request to S3 can name only the etag. The same bytes may have been uploaded again
        # meanwhile: they have a later time, and stay.
        try:
            current = self._client.head_object(Bucket=self._bucket, Key=version.object_key)
            if _utc_seconds(current["LastModified"]) == version.last_modified:
                self._client.delete_object(Bucket=self._bucket, Key=version.object_key, IfMatch=version.etag)
        except ClientError as exc:
            if not is_gone(exc) and error_code(exc) not in {"PreconditionFailed", "412"}:
                raise

    def with_bytes_of(self, version: SourceVersion) -> list[SourceVersion]:
        """Return the versions of a key with the same bytes that are not newer: the ledger has one row for them."""
        return [
            listed
            for listed in self.versions(version.object_key)
            if (listed.object_key, listed.etag) == (version.object_key, version.etag)
            and listed.last_modified <= version.last_modified
        ]

    def delete_alone(self, obsolete: Iterable[SourceVersion]) -> None:
        """Delete these versions, but none that is older or newer; may be repeated."""
        for version in obsolete:
            if version.version_id:
                self._client.delete_object(
                    Bucket=self._bucket, Key=version.object_key, VersionId=version.version_id
                )
            else:
                self.delete(version)

    def all_versions_of(self, keys: Container[str], etags: Container[str]) -> list[ObjectVersion]:
        """Return all versions and delete markers of some keys, and the versions of other keys with these etags."""
        return [
            version
            for version in versions(self._client, self._bucket, "")
            if version.key in keys or version.etag in etags
        ]

    def erase(self, obsolete: Iterable[ObjectVersion]) -> None:
        """Delete versions and delete markers for good; may be repeated."""
        delete(self._client, self._bucket, obsolete)

    def _version_and_older(self, version: SourceVersion) -> list[str]:
        newest_first = [
            listed.version_id
            for listed in self.versions(version.object_key)
            if listed.object_key == version.object_key
        ]
        if version.version_id not in newest_first:
            return []
        # ["v3", "v2", "v1"] and v2 was read -> v2 and v1 go, v3 was uploaded meanwhile
        return newest_first[newest_first.index(version.version_id) :]


def is_possible_key(key: str) -> bool:
    """Tell whether a key can be that of a sales file, for `ingest`, sweep and replay alike; log one that cannot."""
    # NUL, a lone surrogate, too many bytes: the ledger could not even refuse such a file.
    if not OBJECT_KEY.can_hold(key):
        log_event("key_skipped", level=logging.WARNING, object_key=key)
        return False
    return True


def _is_folder_marker(key: str, size: int) -> bool:
    # For a folder, the console makes an empty object such as `2021/`. With sales in it, it is a file.
    return key.endswith("/") and not size


def _source_version(listed: Any) -> SourceVersion:
    return SourceVersion(
        object_key=listed["Key"],
        version_id=_version_id(listed["VersionId"]),
        etag=_etag(listed["ETag"]),
        last_modified=_utc_seconds(listed["LastModified"]),
        sequencer="",
    )


def _version_id(text: str | None) -> str:
    """Return a version id, or an empty text: a bucket without versions returns none, a suspended one `null`."""
    return "" if text in {None, "null"} else str(text)


def _etag(text: str) -> str:
    return text.strip('"')


def _utc_seconds(time_of_s3: datetime) -> datetime:
    """Return a time in UTC, without zone: S3 counts whole seconds, moto does not."""
    return time_of_s3.replace(microsecond=0, tzinfo=None)
