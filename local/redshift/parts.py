"""The files that a COPY loads: its manifest in S3 and what that names."""

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE: Final = "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey"


class PartsError(Exception):
    """S3 does not have what the manifest names, or it cannot be unpacked. The message is Redshift's."""


class Part(NamedTuple):
    """A file of a COPY, unpacked; it ends with a line break unless it is empty."""

    url: str
    content: bytes

    @property
    def lines(self) -> int:
        """The number of its lines."""
        return self.content.count(b"\n")


def parts_of(manifest: str, s3: "S3Client") -> list[Part]:
    """Return the files of a manifest in its order; one that is listed twice comes twice. Raise `PartsError`."""
    parts = []
    # An entry: {"url": "s3://bucket/staged/17/sales.csv.gz", "mandatory": true}
    for entry in _entries(manifest, s3):
        content = _object(entry["url"], s3)
        if content is not None:
            unpacked = _unpacked(entry["url"], content)
            parts.append(Part(entry["url"], unpacked if unpacked[-1:] in {b"", b"\n"} else unpacked + b"\n"))
        elif entry.get("mandatory", False):
            raise PartsError(f"Mandatory url is not present in manifest file: {entry['url']} ({GONE})")
    return parts


def _entries(manifest: str, s3: "S3Client") -> list[dict[str, Any]]:
    content = _object(manifest, s3)
    if content is None:
        raise PartsError(f"Problem reading manifest file - {GONE}")
    try:
        entries: list[dict[str, Any]] = json.loads(content)["entries"]
    except (ValueError, KeyError, TypeError):
        raise PartsError("Manifest file is not in correct json format") from None
    return entries


def _object(url: str, s3: "S3Client") -> bytes | None:
    """Return an object of S3; None if there is none."""
    # s3://bucket/staged/a b.csv.gz -> bucket, "staged/a b.csv.gz": a key may have any character, "?" and "#" too
    parts = urlsplit(url, allow_fragments=False)
    try:
        return s3.get_object(Bucket=parts.netloc, Key=url.removeprefix(f"s3://{parts.netloc}/"))[
            "Body"
        ].read()
    except ClientError as exc:
        if exc.response["Error"]["Code"] in {"NoSuchKey", "NoSuchBucket", "404"}:
            return None
        raise PartsError(f"S3ServiceException:{exc.response['Error']['Code']}") from exc
    except BotoCoreError as exc:
        raise PartsError(f"S3CurlException: {type(exc).__name__}") from exc


def _unpacked(url: str, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as exc:
        raise PartsError(f"failed to inflate with zlib: invalid or incomplete deflate data ({url})") from exc
