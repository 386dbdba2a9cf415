"""A link uploads a file into the bucket of the template, which encrypts it by itself."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.accounts import Account
from infra.deploying import EXISTING_WAREHOUSE
from infra.errors import InfraError
from infra.names import Names
from infra.provisioning import provision
from infra.surroundings import surroundings
from infra.uploads import link
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.state import PROJECT
from tests.support.endpoint import ACCESS_KEY

BUCKET = Names.of(PROJECT, "dev").within(ACCOUNT, REGION).raw_bucket
KEY = "leeds/leeds_25-08-2021.csv"


@pytest.fixture
def account(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Return an account with the raw bucket of the stage dev."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    account = Account(ACCOUNT, REGION, boto3.Session(ACCESS_KEY, "local", region_name=REGION))
    resources = surroundings(PROJECT, "dev", ACCOUNT, REGION, EXISTING_WAREHOUSE)
    # Without its policy, which refuses this test's plain HTTP.
    buckets = [resource for resource in resources.values() if resource.type == "AWS::S3::Bucket"]
    provision(buckets, account.client)
    yield account
    clients = Clients(endpoint, ACCESS_KEY)
    for version in clients.s3.list_object_versions(Bucket=BUCKET).get("Versions", []):
        clients.s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    for resource in buckets:
        clients.s3.delete_bucket(Bucket=resource.name)


def test_a_link_needs_no_header_for_encryption_or_owner(account: Account, tmp_path: Path) -> None:
    """A store's curl sends the file as it is, under one key."""
    file = tmp_path / "day.csv"
    file.write_bytes(b"one\r\n\xff\x00")
    url = link(BUCKET, KEY, 60, account)

    subprocess.run(["curl", "--fail-with-body", "--silent", "--upload-file", file, url], check=True)

    stored = account.client("s3").get_object(Bucket=BUCKET, Key=KEY)
    assert stored["Body"].read() == file.read_bytes()
    assert stored["ServerSideEncryption"] == "AES256"


def test_no_link_leads_to_a_bucket_that_is_not_there(account: Account) -> None:
    """Somebody else could create it before the store uploads."""
    with pytest.raises(InfraError, match=rf"The account {ACCOUNT} has no bucket ads-raw-nowhere, or you may"):
        link("ads-raw-nowhere", KEY, 60, account)
