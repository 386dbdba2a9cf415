"""A stage that was destroyed is released again with its data: buckets, hash key and namespace are imported."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, WaiterError
from botocore.validate import validate_parameters

from infra import importing
from infra.accounts import Account
from infra.errors import InfraError
from infra.importing import IDENTIFIERS
from infra.packaging import TEMPLATE
from infra.release import Stack
from infra.resolving import Resolver, is_retained
from infra.template import build as build_template
from infra.template import dump
from local.state import PROJECT
from tests.support.handlers import schema

NUMBER, REGION = "123456789012", "eu-west-1"
RAW, PROCESSED = f"ads-raw-data-{NUMBER}-{REGION}", f"ads-processed-{NUMBER}-{REGION}"
HASH_KEY = f"arn:aws:secretsmanager:{REGION}:{NUMBER}:secret:cafe-etl/prod/hash-key-a1B2c3"
NO_STACK = ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
CREATE_CHANGE_SET = (
    botocore.session.get_session().get_service_model("cloudformation").operation_model("CreateChangeSet")
)
TEMPLATE_OF_PROD = build_template(PROJECT, "prod")


class Aws:
    """What an earlier stack left in an account, and a CloudFormation that imports it or fails."""

    def __init__(self, *left: str, status: str = "", fails: str = "", deleted: bool = False) -> None:
        self.left = left
        self.status = status
        self.fails = fails
        self.deleted = deleted
        self.change_set: dict[str, Any] = {}
        self.steps: list[str] = []

    def client(self, _service: str) -> "Aws":
        """Return the client of a service: this object."""
        return self

    def _find(self, name: str) -> None:
        if name not in self.left:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Find")

    def head_bucket(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Answer about a bucket as S3 does, without an error code in words."""
        if Bucket not in self.left:
            raise ClientError({"Error": {"Code": "404"}}, "HeadBucket")
        return {"BucketRegion": REGION}

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        """Answer about a secret."""
        self._find(SecretId)
        return {"ARN": HASH_KEY, **({"DeletedDate": "today"} if self.deleted else {})}

    def get_namespace(self, *, namespaceName: str) -> dict[str, Any]:  # noqa: N803
        """Answer about a namespace."""
        self._find(namespaceName)
        return {"namespace": {}}

    def describe_stacks(self, **_parameters: Any) -> dict[str, Any]:
        """Return the stack, if there is one."""
        if not self.status:
            raise NO_STACK
        return {"Stacks": [{"StackStatus": self.status}]}

    def create_change_set(self, **parameters: Any) -> None:
        """Note the change set, which must be one that CloudFormation's API accepts."""
        shape = CREATE_CHANGE_SET.input_shape
        assert shape
        validate_parameters(parameters, shape)
        self.change_set = parameters

    def describe_change_set(self, **_parameters: Any) -> dict[str, str]:
        """Say why the change set failed."""
        return {"StatusReason": "not importable"}

    def execute_change_set(self, **_parameters: Any) -> None:
        """Import."""
        self.status = (
            "IMPORT_ROLLBACK_COMPLETE" if self.fails == "stack_import_complete" else "IMPORT_COMPLETE"
        )

    def get_waiter(self, name: str) -> "Aws":
        """Return the waiter of that name: this object."""
        self.steps.append(name)
        return self

    def wait(self, **_parameters: Any) -> None:
        """Wait until the step that was named last has ended."""
        if self.steps[-1] == self.fails:
            raise WaiterError("step", "failed", {})

    def get_paginator(self, _name: str) -> "Aws":
        """Return the paginator of events: this object."""
        return self

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        """Return no events."""
        return [{"StackEvents": []}]


ALL = (RAW, PROCESSED, "cafe-etl/prod/hash-key", "cafe-etl-prod")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return a folder with the template of a package."""
    (tmp_path / TEMPLATE).write_text(dump(TEMPLATE_OF_PROD), encoding="utf-8")
    return tmp_path


def run(build: Path, aws: Aws, **parameters: str) -> list[str]:
    """Import what is left of the stage prod."""
    account = Account(NUMBER, REGION, aws)  # type: ignore[arg-type]
    stack = Stack.of("prod", NUMBER, REGION, parameters)
    return importing.import_existing(build, stack, account)


@pytest.fixture(autouse=True)
def _clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "client", lambda account, service: account.session.client(service))


def test_all_data_that_is_left_is_imported_into_a_new_stack(build: Path) -> None:
    """The secret by its ARN: AWS's automatic import takes no resource whose id AWS chooses."""
    aws = Aws(*ALL)

    assert run(build, aws) == sorted([RAW, PROCESSED, HASH_KEY, "cafe-etl-prod"])
    assert (aws.change_set["ChangeSetType"], "RoleARN" in aws.change_set) == ("IMPORT", False)
    assert {
        entry["LogicalResourceId"]: entry["ResourceIdentifier"]
        for entry in aws.change_set["ResourcesToImport"]
    } == {
        "HashKey": {"Id": HASH_KEY},
        "Namespace": {"NamespaceName": "cafe-etl-prod"},
        "ProcessedDataBucket": {"BucketName": PROCESSED},
        "RawDataBucket": {"BucketName": RAW},
    }
    assert aws.steps == ["change_set_create_complete", "stack_import_complete"]


def test_the_settings_are_those_of_the_release_that_follows(build: Path) -> None:
    """Otherwise that release would change them, and CloudFormation would give the hash key a new value."""
    aws = Aws(*ALL)

    run(build, aws)

    imported = json.loads(aws.change_set["TemplateBody"])["Resources"]
    resolver = Resolver(TEMPLATE_OF_PROD, {}, NUMBER, REGION)
    assert {name: body["Properties"] for name, body in imported.items()} == {
        name: resolver.value(body["Properties"])
        for name, body in TEMPLATE_OF_PROD["Resources"].items()
        if name in imported
    }
    assert imported["HashKey"]["Properties"]["GenerateSecretString"]["PasswordLength"] == 64
    assert {(body["DeletionPolicy"], "DependsOn" in body) for body in imported.values()} == {
        ("Retain", False)
    }


def test_what_is_gone_or_was_never_there_is_created_by_the_release(build: Path) -> None:
    """With a warehouse of its own the stack has no namespace."""
    assert run(build, Aws(RAW)) == [RAW]
    assert "cafe-etl-prod" not in run(build, Aws(*ALL), Warehouse="postgresql://db/cafe")
    assert run(build, Aws("theirs"), RawBucket="theirs") == ["theirs"]


@pytest.mark.parametrize(
    ("aws", "sentence"),
    [
        (Aws(*ALL, status="UPDATE_COMPLETE"), "There is a stack ads-resources-stack-cf already"),
        (Aws(), "No bucket, hash key or namespace of this stage is left"),
        (Aws(*ALL, deleted=True), "`aws secretsmanager restore-secret --secret-id cafe-etl/prod/hash-key`"),
        (Aws(*ALL, fails="change_set_create_complete"), "cannot import the data of .*: not importable"),
        (
            Aws(*ALL, fails="stack_import_complete"),
            "in the status IMPORT_ROLLBACK_COMPLETE. The import failed and",
        ),
    ],
)
def test_an_import_that_fails_says_why(build: Path, aws: Aws, sentence: str) -> None:
    with pytest.raises(InfraError, match=sentence):
        run(build, aws)


def test_every_type_that_outlives_a_stack_can_be_imported() -> None:
    """By the property that AWS's schema has as its identifier."""
    types = {body["Type"] for body in TEMPLATE_OF_PROD["Resources"].values() if is_retained(body)}

    assert types == set(IDENTIFIERS)
    for kind, (name, _) in IDENTIFIERS.items():
        assert schema(kind)["primaryIdentifier"] == [f"/properties/{name}"]
