"""Sending raw objects to `ingest` again, at most three times each. A tag of the version has the count."""

from typing import Final

from botocore.exceptions import ClientError

from chalicelib.aws import is_gone, reingest
from chalicelib.model import SourceVersion
from chalicelib.storage.raw_tags import TRIES_TAG, RawTags, Tags

TRIES: Final = 3
"""The number of times that a version is sent to `ingest` again; after that it is stuck."""

REPORTED: Final = TRIES + 1
"""The count of a stuck version about which a notice was sent."""

COUNTS: Final = {str(number): number for number in range(REPORTED + 1)}
"""The values of the tag that are read. Any other is the uploader's, and counts as none."""


def tries(tags: Tags) -> int:
    """Return how often a version with these tags was sent; `REPORTED` if a notice says that it is stuck."""
    return COUNTS.get(tags.get(TRIES_TAG, ""), 0)


class Reingests:
    """The raw versions that were sent again. The count goes when the version goes, and a new upload has none."""

    def __init__(self, tags: RawTags, function: str) -> None:
        self._tags = tags
        self._function = function

    def send(self, version: SourceVersion) -> int | None:
        """Send a version to `ingest` again, and return which try this is, from 1; None if the version is gone.

        A number above `TRIES` means that the version is stuck and was not sent; one above `REPORTED`, that a notice of
        it was sent.
        """
        try:
            tags = self._tags.read(version)
            number = tries(tags) + 1
            if number <= TRIES:
                self._tags.write(version, tags, TRIES_TAG, str(number))
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
            self._tags.write(version, self._tags.read(version), TRIES_TAG, str(REPORTED))
        except ClientError as exc:
            if not is_gone(exc):
                raise
