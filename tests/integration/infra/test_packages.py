"""Packages in their bucket, with a real S3 and a real CloudFormation over HTTP: which are kept, and for how long."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import WaiterError
from cfnlint.decode import cfn_yaml

from infra import kept_packages, packages
from infra.errors import InfraError
from infra.packages import Package
from infra.packaging import TEMPLATE, ZIP
from infra.provisioning import Client
from infra.release import Stack, forgotten, preview, release
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.state import PROJECT
from tests.support.endpoint import ACCESS_KEY
from tests.support.s3_clock import Clock

PROD = Stack.of("prod", ACCOUNT, REGION, {"A": "1"})
DEV = Stack.of("dev", ACCOUNT, REGION, {"A": "1"})
MIGRATIONS = ("sql/migrations/02_store_name.sql", "sql/migrations/03_remarks.sql")

Build = Callable[..., Path]
"""Makes a small package in a folder: the bytes of a module, a text in the template, migrations and parameters."""


@pytest.fixture(scope="module")
def make_client(endpoint: str) -> Client:
    """Return a function that makes each client of AWS services over HTTP once: it takes longer than most calls."""
    return cache(Clients(endpoint, ACCESS_KEY).any)


@pytest.fixture
def client(make_client: Client) -> Client:
    """Return clients of an account with an empty bucket for packages and without stacks."""
    cloudformation, s3 = make_client("cloudformation"), make_client("s3")
    for stack in (PROD, DEV):
        cloudformation.delete_stack(StackName=stack.name)
    if PROD.bucket not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=PROD.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in keys(make_client):
        s3.delete_object(Bucket=PROD.bucket, Key=key)
    return make_client


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Return a function that makes small packages, whose stack has a parameter for the place of the zip."""

    def build(
        code: str, text: str = "", migrations: Sequence[str] = MIGRATIONS, parameters: Sequence[str] = ("A",)
    ) -> Path:
        folder = tmp_path / hashlib.sha256(repr((code, text, migrations, parameters)).encode()).hexdigest()
        folder.mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / ZIP, "w") as packed:
            for name, content in {"app.py": code, **dict.fromkeys(migrations, "select 1;")}.items():
                packed.writestr(zipfile.ZipInfo(name), content)
        template = {
            "Description": text,
            "Parameters": {name: {"Type": "String", "Default": "1"} for name in parameters},
            "Resources": {"Code": resource("code", f"./{ZIP}"), "Text": resource("text", f"text {text}")},
        }
        (folder / TEMPLATE).write_text(yaml.safe_dump(template), encoding="utf-8")
        return folder

    return build


def resource(name: str, value: str) -> dict[str, Any]:
    """Return a resource that only has a value, in the place of functions."""
    place = {"Fn::Sub": f"/${{AWS::StackName}}/{name}"}
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": place, "Type": "String", "Value": value}}


def keys(client: Client) -> list[str]:
    """Return the keys in the bucket of packages."""
    entries = client("s3").list_objects_v2(Bucket=PROD.bucket).get("Contents", [])
    return [entry["Key"] for entry in entries]


def code_of(stack: Stack, client: Client) -> str:
    """Return the module in the zip that a stack runs."""
    place = client("ssm").get_parameter(Name=f"/{stack.name}/code")["Parameter"]["Value"]
    bucket, _, key = place.removeprefix("s3://").partition("/")
    body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return packed.read("app.py").decode()


def digest(stack: Stack, client: Client) -> str:
    """Return the digest of the package that a stack runs."""
    package = kept_packages.running(stack, client)
    assert package is not None
    return package.digest


def kept(beginning: str, client: Client) -> Package:
    """Return a package of prod that is kept."""
    return kept_packages.find(beginning, PROD, client("s3"))


def let_time_pass(client: Client, clock: Clock, days: int) -> None:
    """Move S3's clock, then remove what the rules of `bootstrap.yaml` let expire by then, as S3 does."""
    clock.now += timedelta(days=days)
    s3 = client("s3")
    for entry in s3.list_objects_v2(Bucket=PROD.bucket).get("Contents", []):
        tags = s3.get_object_tagging(Bucket=PROD.bucket, Key=entry["Key"])["TagSet"]
        age = clock.now - entry["LastModified"].replace(tzinfo=None)
        if any(age >= timedelta(days=days) for days in days_of(entry["Key"], tags)):
            s3.delete_object(Bucket=PROD.bucket, Key=entry["Key"])


@cache
def rules() -> list[dict[str, Any]]:
    """Return the lifecycle of the bucket of packages."""
    template = json.loads(json.dumps(cfn_yaml.load(str(PROJECT / "infra" / "bootstrap.yaml"))))
    properties = template["Resources"]["PackagesBucket"]["Properties"]
    return list(properties["LifecycleConfiguration"]["Rules"])


def days_of(key: str, tags: list[dict[str, str]]) -> list[int]:
    """Return after how many days the rules of the bucket let an object expire."""
    return [
        rule["ExpirationInDays"]
        for rule in rules()
        if "ExpirationInDays" in rule
        and key.startswith(rule.get("Prefix", ""))
        and all(tag in tags for tag in rule.get("TagFilters", []))
    ]


def test_the_package_before_can_be_released_again(client: Client, build: Build) -> None:
    release(build("one"), PROD, client)
    first = digest(PROD, client)
    release(build("two"), PROD, client)
    assert (code_of(PROD, client), digest(PROD, client) == first) == ("two", False)

    assert release(kept(first[:8], client), PROD, client)

    assert (code_of(PROD, client), digest(PROD, client)) == ("one", first)


def test_the_package_that_runs_never_expires_and_the_one_before_is_kept_for_90_days(
    client: Client, build: Build, clock: Clock
) -> None:
    """The days count from the release that replaces a package, however long it has run until then."""
    release(build("one"), PROD, client)
    first = digest(PROD, client)
    let_time_pass(client, clock, 400)
    release(build("two"), PROD, client)
    second = digest(PROD, client)
    let_time_pass(client, clock, 89)
    assert [kept(each, client).digest for each in (first, second)] == [first, second]

    let_time_pass(client, clock, 1)

    assert sorted(keys(client)) == sorted(kept(second, client).keys)


def test_a_package_that_is_released_again_does_not_expire(client: Client, build: Build, clock: Clock) -> None:
    release(build("one"), PROD, client)
    first = digest(PROD, client)
    release(build("two"), PROD, client)
    let_time_pass(client, clock, 80)
    release(kept(first, client), PROD, client)

    let_time_pass(client, clock, 400)

    assert sorted(keys(client)) == sorted(kept(first, client).keys)


def test_a_zip_stays_as_long_as_any_package_needs_it(client: Client, build: Build, clock: Clock) -> None:
    """Two packages differ in their templates alone."""
    release(build("one", "plain"), PROD, client)
    release(build("one", "alarm"), PROD, client)
    second = digest(PROD, client)

    let_time_pass(client, clock, 90)

    assert sorted(keys(client)) == sorted(kept(second, client).keys)
    assert code_of(PROD, client) == "one"


def test_a_change_of_the_template_alone_changes_no_code(client: Client, build: Build) -> None:
    release(build("one", "plain"), PROD, client)

    text = preview(build("one", "alarm"), PROD, client)

    assert ("`Text`" in text, "`Code`" in text) == (True, False)


def test_a_pull_request_that_changes_nothing_says_so(client: Client, build: Build) -> None:
    """Its package would be in another folder, which would look like a change of all functions."""
    release(build("one"), PROD, client)

    assert preview(build("one"), PROD, client) == f"The stack `{PROD.name}` would stay as it is.\n"


def test_the_code_of_a_pull_request_is_in_no_folder_that_a_release_reads(
    client: Client, build: Build
) -> None:
    release(build("one"), PROD, client)
    before = keys(client)

    assert "`Code`" in preview(build("two"), PROD, client)

    added = set(keys(client)) - set(before)
    assert (len(added), {key.partition("/")[0] for key in added}) == (2, {"pull-requests"})


def test_a_release_without_changes_lets_nothing_expire_that_runs(
    client: Client, build: Build, clock: Clock
) -> None:
    release(build("one"), PROD, client)

    assert not release(build("one"), PROD, client)

    let_time_pass(client, clock, 400)
    assert sorted(keys(client)) == sorted(kept(digest(PROD, client), client).keys)


class FailingCloudFormation:
    """A real CloudFormation, except that no change set can be executed: the stack ends in a status."""

    def __init__(self, cloudformation: Any, status: str) -> None:
        self._cloudformation = cloudformation
        self._status = status

    def __getattr__(self, name: str) -> Any:
        """Return what the real one has."""
        return getattr(self._cloudformation, name)

    def execute_change_set(self, **_parameters: str) -> None:
        """Change nothing."""
        self.describe_stacks = lambda **_parameters: {"Stacks": [{"StackStatus": self._status}]}

    def get_waiter(self, name: str) -> Any:
        """Return a waiter that fails if it waits for a stack."""
        waiter = self._cloudformation.get_waiter(name)
        if name.startswith("stack"):
            waiter.wait = self._fail
        return waiter

    @staticmethod
    def _fail(**_parameters: Any) -> None:
        raise WaiterError("StackUpdateComplete", "a terminal failure state", {})


@pytest.mark.parametrize(
    ("status", "number"), [("UPDATE_ROLLBACK_COMPLETE", 2), ("UPDATE_ROLLBACK_FAILED", 4)]
)
def test_the_package_of_a_release_that_failed_expires_if_the_one_before_runs(
    client: Client, build: Build, clock: Clock, status: str, number: int
) -> None:
    """The one that runs stays in any case; where it is not certain which runs, both do."""
    release(build("one"), PROD, client)
    failing = FailingCloudFormation(client("cloudformation"), status)
    with pytest.raises(InfraError, match="The release of the stack ads-resources-stack-cf failed"):
        release(build("two"), PROD, lambda name: failing if name == "cloudformation" else client(name))

    let_time_pass(client, clock, 90)

    assert len(keys(client)) == number
    assert (code_of(PROD, client), kept(digest(PROD, client), client).digest) == ("one", digest(PROD, client))


def test_stages_do_not_share_packages(client: Client, build: Build, clock: Clock) -> None:
    """Otherwise a release of one would let the other's expire."""
    release(build("one"), DEV, client)
    release(build("one"), PROD, client)
    release(build("two"), PROD, client)

    let_time_pass(client, clock, 400)

    assert code_of(DEV, client) == "one"


def test_the_list_begins_with_the_package_that_runs_and_the_one_before(
    client: Client, build: Build, clock: Clock
) -> None:
    digests: list[str] = []
    for code in ("one", "two", "three"):
        clock.now = datetime(2024, 5, len(digests) + 1, 6)  # noqa: DTZ001 - as moto keeps it
        release(build(code), PROD, client)
        digests.append(digest(PROD, client))

    one, two, three = digests
    assert [str(line) for line in kept_packages.listed(PROD, client)] == [
        f"{three}  runs now",
        f"{two}  replaced 2024-05-03 06:00, kept until 2024-08-01",
        f"{one}  replaced 2024-05-02 06:00, kept until 2024-07-31",
    ]


def test_the_list_has_a_package_whose_release_failed_after_those_that_ran(
    client: Client, build: Build, clock: Clock
) -> None:
    """Nobody goes back to it by mistake."""
    for day, code in enumerate(("one", "two"), start=1):
        clock.now = datetime(2024, 5, day, 6)  # noqa: DTZ001 - as moto keeps it
        release(build(code), PROD, client)
    failing = FailingCloudFormation(client("cloudformation"), "UPDATE_ROLLBACK_COMPLETE")
    clock.now = datetime(2024, 5, 3, 6)  # noqa: DTZ001
    with pytest.raises(InfraError, match="failed"):
        release(build("three"), PROD, lambda name: failing if name == "cloudformation" else client(name))

    assert [str(line).partition("  ")[2] for line in kept_packages.listed(PROD, client)] == [
        "runs now",
        "replaced 2024-05-02 06:00, kept until 2024-07-31",
        "not released 2024-05-03 06:00, kept until 2024-08-01",
    ]


def test_a_package_says_the_schemas_that_it_can_write(client: Client, build: Build) -> None:
    """The template beside the zip says so, too, for everybody who looks at the stack."""
    release(build("one"), PROD, client)

    body = client("cloudformation").get_template(StackName=PROD.name)["TemplateBody"]
    template = yaml.safe_load(body) if isinstance(body, str) else body
    description = template["Metadata"]["CafeEtlPackage"]
    assert (description["OldestSchema"], description["NewestSchema"]) == (1, 3)
    assert kept(digest(PROD, client), client).schemas == packages.schemas_of(build("one"))


def test_a_package_without_a_parameter_of_the_stack_forgets_its_value(client: Client, build: Build) -> None:
    release(build("one"), PROD, client)
    first = digest(PROD, client)
    release(build("two", parameters=("A", "B")), PROD, client)

    assert forgotten(kept(first, client), PROD, client) == ["B"]
    assert release(kept(first, client), PROD, client)


@pytest.mark.parametrize(
    ("beginning", "sentence"),
    [
        ("0123456789ab", "No package of the stack ads-resources-stack-cf begins with 0123456789ab"),
        ("latest", "'latest' is not a package's digest"),
        ("../../etc", "is not a package's digest"),
        ("3f9", "'3f9' is not a package's digest, nor 6 or more characters of its beginning"),
    ],
)
def test_a_package_that_is_not_kept_is_a_sentence(client: Client, beginning: str, sentence: str) -> None:
    with pytest.raises(InfraError, match=sentence):
        kept(beginning, client)


def test_a_beginning_of_two_digests_is_a_sentence(client: Client) -> None:
    for end in "ab":
        client("s3").put_object(Bucket=PROD.bucket, Key=f"{PROD.name}/{'0' * 63}{end}.yaml", Body=b"{}")

    with pytest.raises(InfraError, match="More than one package of the stack"):
        kept("000000", client)


def test_a_template_without_its_zip_is_a_sentence(client: Client, build: Build) -> None:
    release(build("one"), PROD, client)
    package = kept(digest(PROD, client), client)
    client("s3").delete_object(Bucket=PROD.bucket, Key=package.zip_key)

    with pytest.raises(InfraError, match=f"The zip of the package {package.digest} is not kept any more"):
        kept(package.digest, client)


def test_a_package_that_expires_while_it_is_released_is_a_sentence(client: Client, build: Build) -> None:
    release(build("one"), PROD, client)
    first = kept(digest(PROD, client), client)
    release(build("two"), PROD, client)
    client("s3").delete_object(Bucket=PROD.bucket, Key=first.zip_key)

    with pytest.raises(
        InfraError, match=f"The package {first.digest} is not kept any more: `make packages` lists"
    ):
        release(first, PROD, client)
    assert code_of(PROD, client) == "two"


def test_a_release_is_done_though_somebody_deleted_the_package_before(client: Client, build: Build) -> None:
    """The new package runs; only the way back is gone."""
    release(build("one"), PROD, client)
    first = kept(digest(PROD, client), client)
    for key in first.keys:
        client("s3").delete_object(Bucket=PROD.bucket, Key=key)

    assert release(build("two"), PROD, client)

    assert code_of(PROD, client) == "two"
    assert not kept_packages.is_kept(first, PROD, client("s3"))
    assert kept_packages.is_kept(kept(digest(PROD, client), client), PROD, client("s3"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"a: [",
        b"\xff",
        b"Metadata: x",
        b"Metadata: {CafeEtlPackage: {Digest: 7}}",
        b"Metadata: {CafeEtlPackage: {Digest: other, Zip: z, Migrations: []}}",
    ],
)
def test_a_template_of_another_package_is_not_released(client: Client, body: bytes) -> None:
    """Somebody has put it there: its key is not its own."""
    key = f"{PROD.name}/{'a' * 64}.yaml"
    client("s3").put_object(Bucket=PROD.bucket, Key=key, Body=body)

    with pytest.raises(InfraError, match="is not the template of that package"):
        kept("a" * 64, client)


def test_the_time_in_the_list_is_that_of_the_bucket() -> None:
    """S3 lets an object expire that has this tag among others."""
    assert days_of("any", [{"Key": "package", "Value": "replaced"}]) == [kept_packages.KEPT.days]
    assert kept_packages.REPLACED == "package=replaced"
