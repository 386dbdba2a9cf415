"""The two buckets, as the handlers pass them on: raw objects, staged parts and archive copies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from chalicelib.aws import client
from chalicelib.settings import Settings
from chalicelib.storage.archive import Archive
from chalicelib.storage.raw import RawBucket
from chalicelib.storage.staged import StagedParts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Buckets:
    """The raw bucket, and both parts of the processed bucket."""

    raw: RawBucket
    staged: StagedParts
    archive: Archive

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the buckets that the settings name."""
        s3: S3Client = client("s3", settings.account)
        return cls(
            RawBucket(s3, settings.raw_bucket),
            StagedParts(s3, settings.processed_bucket),
            Archive(s3, settings.processed_bucket),
        )
