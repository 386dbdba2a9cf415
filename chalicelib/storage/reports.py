"""The reports of days in the processed bucket: `reports/<day>.html`."""

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "reports"


class Reports:
    """The reports, each a page of HTML; a newer one of a day replaces the older one."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def write(self, day: date, page: bytes) -> str:
        """Store the report of a day; return its address."""
        key = f"{FOLDER}/{day}.html"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=page, ContentType="text/html; charset=utf-8")
        return f"s3://{self._bucket}/{key}"
