"""Sending raw objects to `ingest` again, at most three times each. A tag of the version has the count."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import is_gone, reingest
from chalicelib.model import SourceVersion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TAG: Final = "cafe-etl-tries"
TRIES: Final = 3
"""The number of times that a version is sent to `ingest` again; after that it is stuck."""

REPORTED: Final = TRIES + 1
"""The count of a stuck version about which a notice was sent."""

COUNTS: Final = {str(number): number for number in range(REPORTED + 1)}
"""The values of the tag that are read. Any other is the uploader's, and counts as none."""

MOST_TAGS: Final = 10
"""S3's limit for one version."""


class Reingests:
    """The raw versions that were sent again. The count goes when the version goes, and a new upload has none."""

    def __init__(self, s3: "S3Client", bucket: str, function: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._function = function

    def send(self, version: SourceVersion) -> int | None:
        """Send a version to `ingest` again, and return which try this is, from 1; None if the version is gone.

        A number above `TRIES` means that the version is stuck and was not sent; one above `REPORTED`, that a notice of
        it was sent.
        """
        try:
            tags = self._tags(version)
            number = COUNTS.get(tags.get(TAG, ""), 0) + 1
            if number <= TRIES:
                self._tag(version, tags, number)
                reingest(
                    self._function,
                    object_key=version.object_key,
                    version_id=version.version_id,
                    etag=version.etag,
                )
        except ClientError as exc:
            if not is_gone(exc):
                raise
            return None
        return number

    def note_reported(self, version: SourceVersion) -> None:
        """Remember that a notice about a stuck version was sent, unless the version is gone."""
        try:
            self._tag(version, self._tags(version), REPORTED)
        except ClientError as exc:
            if not is_gone(exc):
                raise

    def _tags(self, version: SourceVersion) -> dict[str, str]:
        tag_set = self._s3.get_object_tagging(**self._address(version))["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in tag_set}

    def _tag(self, version: SourceVersion, tags: dict[str, str], number: int) -> None:
        """Set the count and keep other people's tags, as far as there is room: S3 replaces them all."""
        others = [(key, value) for key, value in tags.items() if key != TAG][: MOST_TAGS - 1]
        tag_set: Any = [{"Key": key, "Value": value} for key, value in [*others, (TAG, str(number))]]
        self._s3.put_object_tagging(**self._address(version), Tagging={"TagSet": tag_set})

    def _address(self, version: SourceVersion) -> Any:
        chosen = {"VersionId": version.version_id} if version.version_id else {}
        return {"Bucket": self._bucket, "Key": version.object_key, **chosen}
