"""Permissions: the AWS calls of a run of everything, compared with the policies that are deployed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.names import config
from local.cloud.worker import CALLS
from local.state import PROJECT
from tests.support.aws_calls import Need, needs, read
from tests.support.full_run import NAMES, can_be_late, do_everything
from tests.support.iam_policies import WITHOUT_COUNTERPART, Policy, objections
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import sale

FUNCTIONS = sorted(config(PROJECT)["lambda_functions"])


@dataclass(frozen=True)
class Run:
    """A cloud whose functions have done everything from a cold start, and the log of the AWS calls that it took."""

    cloud: LocalCloud
    calls: Path

    def needed(self, function: str) -> list[Need]:
        """Return the permissions that a function needed."""
        name = NAMES.function(function)
        return [need for call in read(self.calls) if call.function == name for need in needs(call)]

    def policy(self, function: str) -> Policy:
        """Return the policy of a function, as IAM has it."""
        iam, role = self.cloud.client("iam"), NAMES.function(function)
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        policy: Policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return policy


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return the run."""
    folder = tmp_path_factory.mktemp("permissions")
    cloud = LocalCloud(folder / "state", environment={CALLS: str(folder / "calls")})
    cloud.up()
    try:
        do_everything(cloud)
        yield Run(cloud, folder / "calls")
    finally:
        cloud.run("down")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_permissions_that_it_needs_and_no_more(run: Run, function: str) -> None:
    """Permissions that no run can use are listed with reasons. None covers all resources."""
    if function == "sweep" and not can_be_late():
        pytest.skip("It is too early in the day for a store to be late, so the sweep sends no store a mail.")
    assert objections(run.policy(function), run.needed(function)) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_statement_of_a_policy_is_necessary(run: Run, function: str) -> None:
    """If one is taken away, some call is not allowed. So the test above can fail."""
    policy, needed = run.policy(function), run.needed(function)
    for statement in policy["Statement"]:
        if set(statement["Action"]) - WITHOUT_COUNTERPART.get(statement["Sid"], {}).keys():
            less = policy | {"Statement": [each for each in policy["Statement"] if each != statement]}
            assert any(objection.endswith("is not allowed") for objection in objections(less, needed)), (
                statement
            )


def test_a_needless_statement_is_found(run: Run) -> None:
    """It is found however little it allows."""
    policy = run.policy("load")
    another = {
        "Sid": "ReadOneCopy",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::ads-processed/archive/another"],
    }
    more = policy | {"Statement": [*policy["Statement"], another]}

    assert objections(more, run.needed("load")) == [
        "ReadOneCopy: s3:GetObject on arn:aws:s3:::ads-processed/archive/another is never used"
    ]


def test_no_call_failed_except_for_objects_that_are_gone(run: Run) -> None:
    """A notice that may not be sent is only logged, so nobody would notice that its permission is missing."""
    assert {call.status for call in read(run.calls)} == {200, 202, 204, 404}


def test_the_log_of_calls_has_names_of_objects_and_no_contents(run: Run) -> None:
    _, _, name, basket, _, _, card = sale()
    text = run.calls.read_text(encoding="utf-8")

    assert "first.csv" in text
    assert not any(word in text for word in (name, basket, card))
