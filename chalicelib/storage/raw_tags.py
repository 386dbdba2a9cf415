"""Tags of raw versions: what the sweep must know of a file and can read without the warehouse.

A tag goes when its version goes, and a new upload has none. Whoever uploads a file may set tags, and a copy within S3
takes those of its original along. So the tag of a refusal names its version: on any other one it counts for nothing.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from chalicelib.aws import error_code, is_gone
from chalicelib.model import SourceVersion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRIES_TAG: Final = "cafe-etl-tries"
"""How often the sweep has sent a version to `ingest` again."""

REFUSED_TAG: Final = "cafe-etl-refused"
"""The fingerprint of a version that the ledger refuses."""

OWN: Final = frozenset({TRIES_TAG, REFUSED_TAG})

MOST_TAGS: Final = 10
"""S3's limit for one version."""

FINGERPRINT_LENGTH: Final = 32

HIDDEN: Final = "InvalidObjectState"
"""The code with which an S3 may refuse to show what is in Glacier. Such a version is judged by the ledger."""

Tags = Mapping[str, str]


class RawTags:
    """The tags of one raw bucket. It may keep versions or not."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read(self, version: SourceVersion) -> Tags:
        """Return the tags of a version, none if its storage class hides them; raise S3's error if it is gone."""
        try:
            tag_set = self._s3.get_object_tagging(**self._address(version))["TagSet"]
        except ClientError as exc:
            if error_code(exc) == HIDDEN:
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in tag_set}

    def write(self, version: SourceVersion, tags: Tags, name: str, value: str) -> None:
        """Set one of our tags of a version that has `tags`, and keep the others: S3 replaces them all.

        If there is no room, other people's tags go.
        """
        own = {key: tags[key] for key in tags if key in OWN} | {name: value}
        others = [(key, tags[key]) for key in tags if key not in OWN][: MOST_TAGS - len(own)]
        tag_set: Any = [{"Key": key, "Value": text} for key, text in [*others, *own.items()]]
        self._s3.put_object_tagging(**self._address(version), Tagging={"TagSet": tag_set})

    def note_refused(self, version: SourceVersion) -> None:
        """Tag a version as refused, unless it is gone or has the tag; may be repeated."""
        try:
            tags = self.read(version)
            if not is_refused(version, tags):
                self.write(version, tags, REFUSED_TAG, _fingerprint(version))
        except ClientError as exc:
            if not is_gone(exc) and error_code(exc) != HIDDEN:
                raise

    def _address(self, version: SourceVersion) -> Any:
        chosen = {"VersionId": version.version_id} if version.version_id else {}
        return {"Bucket": self._bucket, "Key": version.object_key, **chosen}


def is_refused(version: SourceVersion, tags: Tags) -> bool:
    """Tell whether the tags of a version say that this very version is refused."""
    return tags.get(REFUSED_TAG) == _fingerprint(version)


def _fingerprint(version: SourceVersion) -> str:
    """Return what no other version has, in letters that a tag may have."""
    fields = (
        version.object_key,
        version.version_id,
        version.etag,
        f"{version.last_modified:%Y-%m-%d %H:%M:%S}",
    )
    digest = hashlib.sha256("\n".join(fields).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:FINGERPRINT_LENGTH]
