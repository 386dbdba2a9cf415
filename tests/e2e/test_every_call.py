"""What the functions ask of AWS in a run of everything, held against the policies that are deployed there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.names import config
from local.cloud.worker import CALLS
from local.state import PROJECT
from tests.support.aws_calls import Need, needs, read
from tests.support.full_run import NAMES, do_everything
from tests.support.iam_policies import WITHOUT_COUNTERPART, Policy, objections
from tests.support.local_cloud import LocalCloud
from tests.support.pipeline import sale

FUNCTIONS = sorted(config(PROJECT)["lambda_functions"])


@dataclass(frozen=True)
class Run:
    """A cloud of its own, in which no function was warm, after all was done, and the calls that this took."""

    cloud: LocalCloud
    calls: Path

    def needed(self, function: str) -> list[Need]:
        """Return what a function needed."""
        name = NAMES.function(function)
        return [need for call in read(self.calls) if call.function == name for need in needs(call)]

    def policy(self, function: str) -> Policy:
        """Return what a function is allowed, as IAM has it."""
        iam, role = self.cloud.client("iam"), NAMES.function(function)
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        found: Policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return found


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
def test_a_function_may_do_what_it_does_and_no_more(run: Run, function: str) -> None:
    """Nothing is missing, nothing is never used but what is listed with its reason, nothing is allowed on all."""
    assert objections(run.policy(function), run.needed(function)) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_statement_is_missed_when_it_is_taken_away(run: Run, function: str) -> None:
    """So that none is there twice over, and the test above can fail."""
    policy, needed = run.policy(function), run.needed(function)
    for statement in policy["Statement"]:
        if set(statement["Action"]) - WITHOUT_COUNTERPART.get(statement["Sid"], {}).keys():
            less = policy | {"Statement": [other for other in policy["Statement"] if other != statement]}
            assert any(told.endswith("is not allowed") for told in objections(less, needed)), statement


def test_a_statement_too_many_is_found(run: Run) -> None:
    """However little it allows."""
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


def test_no_call_failed_but_for_what_is_gone(run: Run) -> None:
    """A notice that cannot be sent would be logged, and nobody would ask for its permission."""
    assert {call.status for call in read(run.calls)} == {200, 202, 204, 404}


def test_no_more_than_names_is_written_down(run: Run) -> None:
    """What was in the files is in nobody's way, and in no line."""
    _, _, name, basket, _, _, card = sale()
    text = run.calls.read_text(encoding="utf-8")

    assert "first.csv" in text
    assert not any(word in text for word in (name, basket, card))
