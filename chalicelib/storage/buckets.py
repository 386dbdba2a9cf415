"""S3: raw objects are read and deleted by version, parts are written, read and deleted, archives are kept."""

import gzip
import hashlib
import io
import json
import logging
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import DamagedPartError, MissingPartError
from chalicelib.model import LoadRequest, Parts, SourceVersion
from chalicelib.storage.archive import GONE, Archive, code, metadata

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MEMORY_LIMIT = 32 * 2**20
"""Bytes of a raw object that are held in memory; what is more goes to an unlinked temporary file."""

log = logging.getLogger(__name__)

THREADS = 8
"""Parts that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class RawObject:
    """The bytes of one version of a raw object, and which version that is."""

    version: SourceVersion
    content: IO[bytes]
    """Empty if there is more than was asked for."""
    content_sha256: str
    size: int
    """Bytes, as S3 tells them before it sends any."""


class Storage:
    """The raw and the processed bucket."""

    def __init__(self, client: "S3Client", *, raw_bucket: str, processed_bucket: str) -> None:
        self._client = client
        self._raw_bucket = raw_bucket
        self._processed_bucket = processed_bucket
        self.archive = Archive(client, processed_bucket)

    @contextmanager
    def raw_object(
        self, key: str, *, version_id: str, etag: str, sequencer: str, max_bytes: int
    ) -> Iterator[RawObject | None]:
        """Read the version that an event speaks of; None if it is gone.

        Without a version id the newest is read, which may be newer than the event: its sequencer counts only for the
        bytes of its own etag. What is larger than `max_bytes` is not fetched: the digest is then of what S3 says of it.
        """
        wanted: dict[str, Any] = {"VersionId": version_id} if version_id else {}
        try:
            response = self._client.get_object(Bucket=self._raw_bucket, Key=key, **wanted)
        except ClientError as exc:
            if code(exc) not in GONE:
                raise
            yield None
            return
        found_etag = response["ETag"].strip('"')
        version = SourceVersion(
            object_key=key,
            version_id=_version_id(response.get("VersionId")),
            etag=found_etag,
            last_modified=response["LastModified"].replace(microsecond=0, tzinfo=None),
            sequencer=sequencer.ljust(64, "0") if sequencer and found_etag == etag else "",
        )
        size = response["ContentLength"]
        if size > max_bytes:
            response["Body"].close()
            digest = hashlib.sha256(f"{size} bytes, eTag {found_etag}".encode())
            yield RawObject(version, io.BytesIO(), digest.hexdigest(), size)
            return
        digest = hashlib.sha256()
        with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as content:
            for block in response["Body"].iter_chunks(2**20):
                digest.update(block)
                content.write(block)
            content.seek(0)
            yield RawObject(version, content, digest.hexdigest(), size)

    def write_part(self, key: str, body: IO[bytes]) -> None:
        """Write a staged part to the processed bucket."""
        self._client.put_object(Bucket=self._processed_bucket, Key=key, Body=body)

    def write_parts(self, parts: Parts, contents: Mapping[str, IO[bytes]]) -> None:
        """Write the parts of a file, by their names."""
        for name, content in contents.items():
            self.write_part(getattr(parts, name), content)

    def write_manifest(self, key: str, parts: Iterable[str]) -> str:
        """Write the list of parts that a COPY reads, each of them mandatory; return its URL."""
        entries = [{"url": f"s3://{self._processed_bucket}/{part}", "mandatory": True} for part in parts]
        body = json.dumps({"entries": entries}).encode()
        self._client.put_object(Bucket=self._processed_bucket, Key=key, Body=body)
        return f"s3://{self._processed_bucket}/{key}"

    @contextmanager
    def open_parts(self, keys: Sequence[str]) -> Iterator[IO[bytes]]:
        """Read parts one after the other, unpacked; raise `MissingPartError` or `DamagedPartError`."""
        with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as joined:
            with ThreadPoolExecutor(THREADS) as pool:
                for part in pool.map(self.read_part, keys):
                    joined.write(part)
            joined.seek(0)
            yield joined

    def read_part(self, key: str) -> bytes:
        """Return a part, unpacked; raise `MissingPartError` or `DamagedPartError`."""
        try:
            return gzip.decompress(
                self._client.get_object(Bucket=self._processed_bucket, Key=key)["Body"].read()
            )
        except ClientError as exc:
            if code(exc) in GONE:
                raise MissingPartError(f"The staged part {key} is gone.") from exc
            raise
        except (OSError, EOFError, zlib.error) as exc:
            raise DamagedPartError(f"The staged part {key} is damaged ({type(exc).__name__}).") from exc

    def has_parts(self, request: LoadRequest) -> bool:
        """Tell whether all parts that a load reads are there."""
        parts = request.parts
        wanted = (parts.sales, parts.items, parts.rejections)
        return all(metadata(self._client, self._processed_bucket, key) is not None for key in wanted)

    def is_newest_of_its_second(self, version: SourceVersion) -> bool:
        """Tell whether the raw bucket holds a version, and no newer one of its key from the same second.

        Asked when that second is over by S3's clock, so that the answer stays true.
        """
        while True:
            answer = self._client.list_object_versions(Bucket=self._raw_bucket, Prefix=version.object_key)
            told = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
            if parsedate_to_datetime(told).replace(tzinfo=None) > version.last_modified:
                break
            time.sleep(1 / 4)
        same_second = (
            (_version_id(found["VersionId"]), found["ETag"].strip('"'))
            for found in answer.get("Versions", [])
            if found["Key"] == version.object_key
            and found["LastModified"].replace(microsecond=0, tzinfo=None) == version.last_modified
        )
        return next(same_second, None) == (version.version_id, version.etag)

    def delete_raw(self, version: SourceVersion) -> None:
        """Delete the bytes that were read and nothing that was uploaded meanwhile; may be repeated.

        In a versioned bucket the older versions of the key go with them: a newer one is committed.
        """
        if version.version_id:
            for version_id in self._version_and_older(version):
                self._client.delete_object(
                    Bucket=self._raw_bucket, Key=version.object_key, VersionId=version_id
                )
            return
        try:
            found = self._client.head_object(Bucket=self._raw_bucket, Key=version.object_key)
            if found["LastModified"].replace(microsecond=0, tzinfo=None) == version.last_modified:
                self._client.delete_object(
                    Bucket=self._raw_bucket, Key=version.object_key, IfMatch=version.etag
                )
        except ClientError as exc:
            if code(exc) not in GONE | {"PreconditionFailed", "412"}:
                raise

    def raw_versions(self, prefix: str = "") -> Iterator[SourceVersion]:
        """Yield all versions of raw objects, as S3 lists them: by key, the newest first."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._raw_bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Versions", []):
                yield SourceVersion(
                    object_key=found["Key"],
                    version_id=_version_id(found["VersionId"]),
                    etag=found["ETag"].strip('"'),
                    last_modified=found["LastModified"].replace(microsecond=0, tzinfo=None),
                    sequencer="",
                )

    def _version_and_older(self, version: SourceVersion) -> list[str]:
        newest_first = [
            found.version_id
            for found in self.raw_versions(version.object_key)
            if found.object_key == version.object_key
        ]
        return (
            newest_first[newest_first.index(version.version_id) :]
            if version.version_id in newest_first
            else []
        )

    def delete_parts(self, request: LoadRequest) -> None:
        """Delete the staged parts of a request; may be repeated."""
        parts = request.parts
        keys = [parts.sales, parts.items, parts.rejections, parts.archive]
        self._delete(keys)

    def delete_batch(self, batch: str) -> None:
        """Delete what a load wrote for its own COPYs; what cannot be deleted expires."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._processed_bucket, Prefix=f"staged/{batch}/"
        )
        try:
            self._delete([found["Key"] for page in pages for found in page.get("Contents", [])])
        except (ClientError, BotoCoreError) as exc:
            log.warning("The parts of %s are left: %s.", batch, type(exc).__name__)

    def _delete(self, keys: Sequence[str]) -> None:
        objects: Any = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        self._client.delete_objects(Bucket=self._processed_bucket, Delete=objects)


def _version_id(found: str | None) -> str:
    """Unversioned buckets answer with nothing, suspended ones with the word null."""
    return "" if found in {None, "null"} else str(found)
