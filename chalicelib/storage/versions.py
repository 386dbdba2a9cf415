"""All versions of a bucket's objects, delete markers too: the bytes of an object are gone when each of these is."""

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ObjectVersion(NamedTuple):
    """A version of an object, or a delete marker. A bucket that keeps no versions has one for each object, `null`."""

    key: str
    version_id: str
    etag: str
    """Empty for a delete marker."""
    is_latest: bool

    @property
    def is_marker(self) -> bool:
        """Tell whether it is a delete marker, which has no bytes."""
        return not self.etag


def versions(client: "S3Client", bucket: str, prefix: str, *, after: str = "") -> Iterator[ObjectVersion]:
    """Yield all versions and delete markers of keys that begin with `prefix` and come after `after`, by key."""
    start: Any = {"KeyMarker": after} if after else {}
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix, **start)
    for page in pages:
        listed: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        # S3 sorts each of the two lists by key, but not both together.
        for item in sorted(listed, key=itemgetter("Key")):
            etag = item.get("ETag", "").strip('"')
            yield ObjectVersion(item["Key"], item["VersionId"], etag, item["IsLatest"])


def delete(client: "S3Client", bucket: str, obsolete: Iterable[ObjectVersion]) -> None:
    """Delete versions for good; may be repeated."""
    for version in obsolete:
        client.delete_object(Bucket=bucket, Key=version.key, VersionId=version.version_id)
