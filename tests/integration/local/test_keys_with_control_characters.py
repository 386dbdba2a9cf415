"""An object whose key has a control character, in the listings of S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.client import Clients
from local.cloud.cloud import Cloud, Settings
from local.cloud.warm_worker import Code
from tests.support.endpoint import ACCESS_KEY

KEYS = ["\nl.csv", "a\x01b.csv", "caf\u00e9 +%41.csv", "day/a\r\nb.csv", "q\x1b[2J.csv", "z\ufffe.csv"]


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Any]:
    """Return the S3 of a cloud with a bucket that has a version of each key, and a deleted one of each."""
    cloud = Cloud(Settings(Code(tmp_path), tmp_path, ACCESS_KEY), {}, lambda _request: {})
    s3 = Clients(cloud.endpoint.url, ACCESS_KEY).s3
    s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
    for key in KEYS:
        s3.put_object(Bucket="raw", Key=key, Body=b"x")
        s3.delete_object(Bucket="raw", Key=key)
    yield s3
    cloud.stop()


def test_they_are_read(s3: Any) -> None:
    for key in KEYS:
        s3.put_object(Bucket="raw", Key=key, Body=key.encode())

    assert [s3.get_object(Bucket="raw", Key=key)["Body"].read().decode() for key in KEYS] == KEYS


def test_they_are_listed_with_all_others(s3: Any) -> None:
    listing = s3.list_object_versions(Bucket="raw")

    assert [version["Key"] for version in listing["Versions"]] == KEYS
    assert [marker["Key"] for marker in listing["DeleteMarkers"]] == KEYS


def test_they_are_listed_by_page_and_by_prefix(s3: Any) -> None:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="raw", PaginationConfig={"PageSize": 1})

    assert [version["Key"] for page in pages for version in page.get("Versions", [])] == KEYS
    for key in KEYS:
        [version] = s3.list_object_versions(Bucket="raw", Prefix=key[:2])["Versions"]
        assert version["Key"] == key


def test_a_listing_of_a_bucket_that_is_not_there_is_refused(s3: Any) -> None:
    """The error has no keys to encode."""
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_object_versions(Bucket="nobodys")
