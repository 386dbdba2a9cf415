"""What is left in the buckets: raw objects that nobody has loaded, and staged parts that no request names."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import client
from chalicelib.errors import CafeEtlError
from chalicelib.model import SourceVersion
from chalicelib.resending import resend
from chalicelib.storage.archive import GONE, code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TAG: Final = "cafe-etl-tries"
TRIES: Final = 3
"""How often a raw version is sent again; after that it is stuck."""

NAMED: Final = TRIES + 1
"""The tag of a stuck version that people have been told of."""

MOST_AT_ONCE: Final = 1000
"""Objects that S3 deletes in one call."""


class RawObjects:
    """Raw versions that wait for too long.

    How often each was sent again is a tag of that version: it goes when the version goes, and a new upload has none.
    """

    def __init__(self, s3: "S3Client", bucket: str, function: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._function = function

    def send_again(self, version: SourceVersion) -> int | None:
        """Have `ingest` read a version again, and return which try that is, from 1.

        A number above `TRIES` says that it is stuck and was not sent, one above `NAMED` that people know of it; None
        that it is gone.
        """
        with _unless_gone():
            tags = self._tags(version)
            number = int(tags.get(TAG, "0")) + 1
            if number <= TRIES:
                self._tag(version, tags, number)
                resend(
                    self._function,
                    object_key=version.object_key,
                    version_id=version.version_id,
                    etag=version.etag,
                )
            return number
        return None

    def note_as_named(self, version: SourceVersion) -> None:
        """Note that people have been told of a stuck version."""
        with _unless_gone():
            self._tag(version, self._tags(version), NAMED)

    def _tags(self, version: SourceVersion) -> dict[str, str]:
        found = self._s3.get_object_tagging(**self._address(version))["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def _tag(self, version: SourceVersion, tags: dict[str, str], number: int) -> None:
        """Set the number, and keep other people's tags: S3 replaces them all."""
        kept: Any = [{"Key": key, "Value": value} for key, value in (tags | {TAG: str(number)}).items()]
        self._s3.put_object_tagging(**self._address(version), Tagging={"TagSet": kept})

    def _address(self, version: SourceVersion) -> Any:
        named = {"VersionId": version.version_id} if version.version_id else {}
        return {"Bucket": self._bucket, "Key": version.object_key, **named}


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Pass over what is loaded and deleted meanwhile."""
    try:
        yield
    except ClientError as exc:
        if code(exc) not in GONE:
            raise


def remove_parts(bucket: str, queue: str, now: datetime) -> int:
    """Delete the staged parts that are older than any request can be; return how many."""
    s3 = client("s3")
    before = now - longest_wait(queue)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="staged/")
    old = (
        {"Key": found["Key"]}
        for page in pages
        for found in page.get("Contents", [])
        if found["LastModified"].replace(tzinfo=None) < before
    )
    removed = 0
    while batch := list(islice(old, MOST_AT_ONCE)):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        if errors := answer.get("Errors"):
            raise CafeEtlError(f"{len(errors)} staged parts cannot be deleted: {errors[0]['Code']}.")
        removed += len(batch)
    return removed


def longest_wait(queue: str) -> timedelta:
    """Return how long a request may wait: on the load queue, and after that among the dead letters."""
    attributes = _attributes(queue)
    seconds = int(attributes["MessageRetentionPeriod"])
    if "RedrivePolicy" in attributes:
        dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
        seconds += int(_attributes(dead_letters)["MessageRetentionPeriod"])
    return timedelta(seconds=seconds)


def _attributes(queue: str) -> dict[str, str]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["MessageRetentionPeriod", "RedrivePolicy"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return found
