"""A store's keys, the policy that allows them, and the link for one of them."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from chalicelib.reading.file_names import folder_store, named_day, names_store, remarks
from infra.accounts import Account
from infra.errors import InfraError
from infra.uploads import SIGNING, Uploads
from tests.support.iam_policies import grants, is_like

BUCKET = "ads-raw-data-123456789012-eu-west-1"
DAY = date(2021, 8, 25)
STORES = ["Leeds", "London Soho", "Chester-le-Street", "Café Noir", "Łódź", "Alder  Cross "]


def is_allowed(store: str, key: str, action: str = "s3:PutObject") -> bool:
    """Tell whether the policy of a store allows an action on a key."""
    policy = Uploads.of(store).policy(BUCKET, "eu-west-1")
    arn = f"arn:aws:s3:::{BUCKET}/{key}"
    return any(grant.action == action and is_like(arn, grant.resource) for grant in grants(policy))


@pytest.mark.parametrize("store", STORES)
def test_the_pipeline_reads_store_and_day_in_a_key(store: str) -> None:
    """A corrected file of the day replaces the first one, since it gets the same key."""
    key = Uploads.of(store).key(DAY)

    assert named_day(key) == DAY
    assert folder_store(key) == folder_store(f"{store}/x.csv")
    assert names_store(key, store)
    assert remarks(key, [store], ["2021-08-25"]) == []
    assert Uploads.of(store.upper()).key(DAY) == key


def test_tills_of_a_store_have_keys_of_their_own() -> None:
    assert Uploads.of("Leeds").key(DAY, "2") == "leeds/leeds_25-08-2021_till_2.csv"
    assert named_day("leeds/leeds_25-08-2021_till_2.csv") == DAY


@pytest.mark.parametrize("store", STORES)
def test_a_store_may_upload_its_own_files(store: str) -> None:
    uploads = Uploads.of(store)

    assert is_allowed(store, uploads.key(DAY))
    assert is_allowed(store, f"{uploads.name}_25-08-2021_09-00-00.csv.gz")


@pytest.mark.parametrize(
    "key",
    [
        "york/york_25-08-2021.csv",
        "york_25-08-2021.csv",
        "leeds_north_25-08-2021.csv",
        "leeds_2_25-08-2021.csv",
        "leeds north/25-08-2021.csv",
        "leeds.csv",
        "smoke_test_25-08-2021_09-00-00.csv",
        "",
    ],
)
def test_a_store_may_upload_no_other_file(key: str) -> None:
    """The names of other stores may begin with its own."""
    assert not is_allowed("Leeds", key)


def test_a_store_may_only_upload() -> None:
    """It can neither list nor read nor delete, not even its own files: they have names and card numbers."""
    [statement] = Uploads.of("Leeds").policy(BUCKET, "eu-west-1")["Statement"]

    assert statement["Action"] == ["s3:PutObject"]


def test_a_pattern_in_a_stores_name_is_no_pattern_in_its_policy() -> None:
    """IAM writes the characters themselves in this way."""
    [statement] = Uploads.of("a*b?").policy(BUCKET, "cn-north-1")["Statement"]

    assert statement["Resource"][0] == f"arn:aws-cn:s3:::{BUCKET}/a${{*}}b${{?}}/*"


@pytest.mark.parametrize("store", ["", "  ", "2021", "25-08-2021", "Fish/Chips", "year=2021"])
def test_a_name_that_is_no_folder_of_a_store_is_refused(store: str) -> None:
    """The folder would belong to no store, or to another one."""
    with pytest.raises(InfraError, match="cannot be the name of a store's folder"):
        Uploads.of(store)


@pytest.mark.parametrize("region", ["eu-west-1", "eu-north-1", "ap-southeast-1"])
def test_a_link_goes_to_the_region_of_its_bucket_and_needs_no_header(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The global endpoint answers with a redirect, which curl does not follow and the signature does not fit."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    session = boto3.Session("a", "b", region_name=region)
    s3 = Account("123456789012", region, session).session.client("s3", config=SIGNING)
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "leeds/x.csv"}))
    query = parse_qs(url.query)

    assert (url.hostname, url.path) == (f"{BUCKET}.s3.{region}.amazonaws.com", "/leeds/x.csv")
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert not [name for name in query if "checksum" in name.lower()]
