"""Whatever CloudFormation makes of a release, the engineer reads what to do next."""

import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError

from infra import release
from infra.errors import InfraError
from infra.packaging import TEMPLATE, ZIP
from infra.release import Stack
from infra.stack_statuses import ADVICE, NEVER_RELEASED, READY, advice, has_functions

MODEL = botocore.session.get_session().get_service_model("cloudformation")
STATUSES: list[str] = list(MODEL.shape_for("StackStatus").metadata["enum"])
STACK = Stack("ads-resources-stack-cf-test", "packages", {})


def is_at_work(status: str) -> bool:
    """Tell whether CloudFormation will leave a status by itself."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def test_every_status_of_cloudformation_has_advice() -> None:
    """And no status that CloudFormation does not have."""
    assert {*STATUSES, ""} == ADVICE.keys()
    assert set(ADVICE) == {*STATUSES, ""}


@pytest.mark.parametrize("status", STATUSES)
def test_advice_says_the_next_step(status: str) -> None:
    """Wait, release, mend the cause, or nothing at all."""
    sentences = advice(status, "my-stack", "test")

    assert "{" not in sentences
    assert is_at_work(status) == ("Wait until it has ended" in sentences)
    if "FAILED" in status or "ROLLBACK" in status:
        assert "end the cause" in sentences
    if status.endswith("_FAILED"):
        assert "make destroy" in sentences or "aws cloudformation" in sentences


def test_a_status_that_is_new_to_us_has_a_link() -> None:
    assert advice("QUANTUM_COMPLETE", "my-stack", "test").startswith("See https://docs.aws.amazon.com/")


@pytest.mark.parametrize("status", STATUSES)
def test_advice_names_commands_that_the_aws_cli_has(status: str) -> None:
    commands = re.findall(r"`aws cloudformation ([\w-]+) ([^`]*)`", advice(status, "my-stack", "test"))

    for command, arguments in commands:
        [operation] = [name for name in MODEL.operation_names if xform_name(name, "-") == command]
        parameters = MODEL.operation_model(operation).input_shape
        members = {f"--{xform_name(name, '-')}" for name in (parameters.members if parameters else {})}
        assert "--stack-name my-stack" in arguments
        assert set(re.findall(r"--[\w-]+", arguments)) <= members


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("", False),
        ("CREATE_IN_PROGRESS", False),
        ("CREATE_COMPLETE", True),
        ("ROLLBACK_FAILED", False),
        ("ROLLBACK_COMPLETE", False),
        ("IMPORT_COMPLETE", False),
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_FAILED", True),
        ("UPDATE_ROLLBACK_COMPLETE", True),
    ],
)
def test_only_a_stack_that_was_released_once_has_functions(status: str, *, expected: bool) -> None:
    assert has_functions(status) is expected


class CloudFormation:
    """CloudFormation with one stack, which has a status before a release and another one after it."""

    def __init__(self, before: str, after: str = "") -> None:
        self.status = before
        self.after = after
        self.created: list[str] = []

    def describe_stacks(self, **_parameters: Any) -> dict[str, Any]:
        """Return the one stack."""
        return {"Stacks": [{"StackStatus": self.status}]}

    def create_change_set(self, **parameters: Any) -> None:
        """Note the kind of the change set."""
        self.created.append(parameters["ChangeSetType"])

    def execute_change_set(self, **parameters: Any) -> None:
        """Let the release end in the status that is planned."""
        self.status = self.after
        self.token = parameters["ClientRequestToken"]

    def delete_stack(self, **parameters: Any) -> None:
        """Let the deletion end in the status that is planned."""
        self.status = self.after
        self.token = parameters["ClientRequestToken"]

    def get_template(self, **_parameters: Any) -> dict[str, Any]:
        """Return the template of a stack without resources."""
        return {"TemplateBody": {}}

    def get_waiter(self, name: str) -> "Waiter":
        """Return a waiter: one for a change set succeeds, one for the stack fails."""
        return Waiter(fails=name.startswith("stack_"))

    def get_paginator(self, _name: str) -> "CloudFormation":
        """Return a paginator of events and resources: this object."""
        return self

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        """Return the event that says why."""
        event = {
            "ResourceStatus": "CREATE_FAILED",
            "LogicalResourceId": "Load",
            "ResourceStatusReason": "no such zip",
            "ClientRequestToken": getattr(self, "token", ""),
        }
        return [{"StackEvents": [event], "StackResourceSummaries": []}]


class Waiter:
    """A waiter that ends at once."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    def wait(self, **_parameters: Any) -> None:
        """Fail, or return."""
        if self.fails:
            raise WaiterError("stack", "failed", {})


class Bucket:
    """The bucket of packages."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.meta = SimpleNamespace(region_name="eu-west-1")

    def list_objects_v2(self, **_parameters: Any) -> None:
        """Answer that the bucket is there."""

    def head_object(self, **_parameters: Any) -> None:
        """Answer that an object is there."""

    def copy_object(self, **_parameters: Any) -> None:
        """Answer that an object has its new tags."""

    def upload_file(self, _path: str, _bucket: str, key: str, **_more: Any) -> None:
        """Note an upload."""
        self.keys.append(key)

    def put_object(self, **parameters: Any) -> None:
        """Note an upload."""
        self.keys.append(parameters["Key"])


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return a folder with a package."""
    (tmp_path / TEMPLATE).write_text(
        f"Parameters: {{}}\nResources: {{A: {{CodeUri: ./{ZIP}}}}}\n", encoding="utf-8"
    )
    with zipfile.ZipFile(tmp_path / ZIP, "w") as packed:
        packed.writestr("app.py", "")
    return tmp_path


@pytest.mark.parametrize("status", sorted(set(STATUSES) - NEVER_RELEASED - READY))
def test_a_stack_that_cannot_be_changed_is_left_alone(build: Path, status: str) -> None:
    """Nothing is uploaded, and CloudFormation is not asked for what it would refuse with an error of its own."""
    cloudformation, bucket = CloudFormation(status), Bucket()
    clients = {"cloudformation": cloudformation, "s3": bucket}

    with pytest.raises(InfraError) as caught:
        release.release(build, STACK, clients.__getitem__)

    assert str(caught.value) == (
        f"Nothing was released. The stack {STACK.name} is in the status {status}. {advice(status, STACK.name, 'test')}"
    )
    assert (cloudformation.created, bucket.keys) == ([], [])


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("REVIEW_IN_PROGRESS", "CREATE", "ROLLBACK_COMPLETE"),
        ("REVIEW_IN_PROGRESS", "CREATE", "ROLLBACK_FAILED"),
        ("REVIEW_IN_PROGRESS", "CREATE", "CREATE_IN_PROGRESS"),
        ("IMPORT_COMPLETE", "UPDATE", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE", "UPDATE_ROLLBACK_FAILED"),
        ("CREATE_COMPLETE", "UPDATE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    ],
)
def test_a_release_that_fails_ends_with_reasons_and_advice(
    build: Path, before: str, kind: str, after: str
) -> None:
    cloudformation = CloudFormation(before, after)
    clients = {"cloudformation": cloudformation, "s3": Bucket()}

    with pytest.raises(InfraError) as caught:
        release.release(build, STACK, clients.__getitem__)

    first, reason, last = str(caught.value).splitlines()
    assert (first, reason) == (f"The release of the stack {STACK.name} failed:", "Load: no such zip")
    assert last == f"The stack {STACK.name} is in the status {after}. {advice(after, STACK.name, 'test')}"
    assert cloudformation.created == [kind]


def test_a_stack_that_cannot_be_deleted_has_advice_too() -> None:
    """A resource in it may have to be left out."""
    with pytest.raises(
        InfraError, match=r"is still there:\nLoad: no such zip\n.* DELETE_FAILED\. Mend the cause"
    ):
        release.delete(STACK, lambda _service: CloudFormation("CREATE_COMPLETE", "DELETE_FAILED"))


def test_a_stack_knows_its_stage() -> None:
    assert [Stack.of(stage, "1", "eu-west-1", {}).stage for stage in ("prod", "test")] == ["prod", "test"]
