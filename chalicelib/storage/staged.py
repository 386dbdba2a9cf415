"""The staged parts in the processed bucket: `ingest` writes them, `load` reads and deletes them."""

import hashlib
import io
import json
import logging
import secrets
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import is_gone
from chalicelib.errors import AwsUnreachableError, CafeEtlError, MissingPartError, WarehouseError
from chalicelib.model import LoadRequest
from chalicelib.parts import ARCHIVE, COPIED
from chalicelib.storage.part_stream import PartStream
from chalicelib.storage.versions import ObjectVersion, delete, versions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "staged/"

SMALL_PART: Final = 2**20
"""Bytes of the largest packed part that is fetched ahead. A day's file of a store has parts of some kilobytes."""

THREADS: Final = 8
"""Parts that are fetched or written at a time."""

DELETED_AT_ONCE: Final = 1000
"""Objects that S3 deletes in one call."""

KEY_DIGEST: Final = "key-sha256"
CONTENT_DIGEST: Final = "content-sha256"
"""The metadata of a part that names its file. A key itself may be longer than S3 allows for metadata."""

log = logging.getLogger(__name__)


class StagedParts:
    """The parts under `staged/`. Their keys name their run of `ingest`: `staged/<ingest_id>/sales.csv.gz`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, key: str, body: IO[bytes], metadata: Mapping[str, str] | None = None) -> None:
        """Write one part."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, Metadata=metadata or {})

    def write_all(self, request: LoadRequest, packed: Callable[[str], IO[bytes]]) -> None:
        """Write the parts of a file side by side. `packed` returns a part's bytes; each thread packs what it writes.

        A part without rows is left out, but not the archive copy: a day without sales is archived, too.
        """
        # A part whose request is lost still says of which file it is: an erasure must find it.
        metadata = {KEY_DIGEST: _digest(request.source.object_key), CONTENT_DIGEST: request.content_sha256}

        def write(part: str) -> None:
            self.write(getattr(request.parts, part), packed(part), metadata)

        copied = [part.name for part in COPIED if request.rows_of(part.name)]
        writes = [_threads().submit(write, part) for part in copied]
        try:
            write(ARCHIVE.name)
        finally:
            # A body must not be closed while another thread reads it: all have to end before an error is raised.
            errors = [done.exception() for done in writes]
        for error in filter(None, errors):
            raise error

    @contextmanager
    def manifest(self, parts: Iterable[str]) -> Iterator[str]:
        """Write the list of parts that a COPY reads, each mandatory; yield its URL, and delete it afterwards."""
        key = f"{FOLDER}{secrets.token_hex(8)}.manifest"
        entries = [{"url": f"s3://{self._bucket}/{part}", "mandatory": True} for part in parts]
        body = json.dumps({"entries": entries}).encode()
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)
        try:
            yield f"s3://{self._bucket}/{key}"
        finally:
            self._delete_manifest(key)

    def _delete_manifest(self, key: str) -> None:
        """Delete a manifest. If that fails, the bucket's life cycle deletes it."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError, AwsUnreachableError) as exc:
            log.warning("%s was not deleted: %s.", key, type(exc).__name__)

    @contextmanager
    def open(self, keys: Sequence[str]) -> Iterator[PartStream]:
        """Read parts one after the other, unpacked; raise `MissingPartError` or `DamagedPartError`.

        Small parts are fetched ahead, a few at a time; of a large one no more is in memory than is being read.
        """
        with closing(self._bodies(keys)) as bodies:
            stream = PartStream(bodies)
            try:
                yield stream
            except WarehouseError:
                # A COPY that could not read a part fails with an error of the warehouse, which does not say why.
                if stream.error:
                    raise stream.error from None
                raise

    def _bodies(self, keys: Sequence[str]) -> Generator[tuple[str, IO[bytes]], None, None]:
        """Yield the key and the packed bytes of each part."""
        fetched = deque(_threads().submit(self._small_part, key) for key in keys[:THREADS])
        for place, key in enumerate(keys):
            small_part = fetched.popleft().result()
            if place + THREADS < len(keys):
                fetched.append(_threads().submit(self._small_part, keys[place + THREADS]))
            if small_part is not None:
                yield key, io.BytesIO(small_part)
                continue
            with closing(self._get(key)["Body"]) as body:
                yield key, body

    def _small_part(self, key: str) -> bytes | None:
        """Return a small part, packed; None if it is large, so that it is read when its turn comes."""
        response = self._get(key)
        with closing(response["Body"]) as body:
            return body.read() if response["ContentLength"] <= SMALL_PART else None

    def _get(self, key: str) -> Any:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as exc:
            if is_gone(exc):
                raise MissingPartError(f"The staged part {key} is gone.") from exc
            raise

    def has_all(self, request: LoadRequest) -> bool:
        """Tell whether all parts that a load reads are there."""
        return all(self._exists(key) for key in request.copied_keys)

    def _exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as exc:
            if is_gone(exc):
                return False
            raise
        return True

    def delete_of(self, request: LoadRequest) -> None:
        """Delete the parts of a request; may be repeated."""
        parts = request.parts
        self._delete([parts.sales, parts.items, parts.rejections, parts.archive])

    def all_versions_of(self, keys: Iterable[str], contents: Iterable[str]) -> list[ObjectVersion]:
        """Return all versions of the parts of files with one of these keys or contents, and all delete markers.

        Parts that an older release staged do not say of which file they are. The sweep deletes them in time.
        """
        digests = {*map(_digest, keys), *contents}
        listed = [
            version for version in versions(self._client, self._bucket, FOLDER) if version.key.count("/") > 1
        ]
        by_folder = {_folder(version.key): version for version in listed if not version.is_marker}
        with ThreadPoolExecutor(THREADS) as pool:
            of_folders = zip(by_folder, pool.map(self._digests, by_folder.values()), strict=True)
            folders = {folder for folder, of_folder in of_folders if digests & of_folder}
        return [version for version in listed if _folder(version.key) in folders]

    def erase(self, obsolete: Iterable[ObjectVersion]) -> None:
        """Delete versions and delete markers for good; may be repeated."""
        delete(self._client, self._bucket, obsolete)

    def _digests(self, version: ObjectVersion) -> set[str]:
        """Return the digests of key and content of a part's file; none if the part is gone, or of an older release."""
        try:
            part = self._client.get_object(Bucket=self._bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as exc:
            if not is_gone(exc):
                raise
            return set()
        part["Body"].close()
        return {part["Metadata"].get(name, "") for name in (KEY_DIGEST, CONTENT_DIGEST)} - {""}

    def delete_older_than(self, before: datetime) -> int:
        """Delete all parts that were written before a time of UTC; return how many.

        Raise `CafeEtlError` if S3 refuses to delete one.
        """
        old_keys = (key for key, last_modified in self._listed(FOLDER) if last_modified < before)
        count = 0
        while keys := list(islice(old_keys, DELETED_AT_ONCE)):
            if errors := self._delete(keys).get("Errors"):
                raise CafeEtlError(f"{len(errors)} staged parts could not be deleted: {errors[0]['Code']}.")
            count += len(keys)
        return count

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            for listed in page.get("Contents", []):
                yield listed["Key"], listed["LastModified"].replace(tzinfo=None)

    def _delete(self, keys: Sequence[str]) -> Any:
        objects: Any = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        return self._client.delete_objects(Bucket=self._bucket, Delete=objects)


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads that fetch and write parts: to start them for each file would take longer than to pack it."""
    return ThreadPoolExecutor(THREADS)


def _folder(key: str) -> str:
    """Return the folder of a part, which has the parts of one run of `ingest` and no others."""
    # staged/17/sales.csv.gz -> staged/17
    return key.rpartition("/")[0]


def _digest(object_key: str) -> str:
    return hashlib.sha256(object_key.encode(errors="surrogatepass")).hexdigest()
