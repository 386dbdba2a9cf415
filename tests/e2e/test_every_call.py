"""Permissions: the AWS calls of a run of everything, compared with the policies that are deployed."""

import pytest

from tests.support.aws_calls import read
from tests.support.iam_policies import WITHOUT_COUNTERPART, objections
from tests.support.pipeline import sale
from tests.support.recorded_run import FUNCTIONS, RecordedRun


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_permissions_that_it_needs_and_no_more(run: RecordedRun, function: str) -> None:
    """Permissions that no run can use are listed with reasons. None covers all resources."""
    assert objections(run.policies[function], run.needed(function)) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_statement_of_a_policy_is_necessary(run: RecordedRun, function: str) -> None:
    """If one is taken away, some call is not allowed. So the test above can fail."""
    policy, needed = run.policies[function], run.needed(function)
    for statement in policy["Statement"]:
        if statement["Effect"] == "Deny":
            continue
        if set(statement["Action"]) - WITHOUT_COUNTERPART.get(statement["Sid"], {}).keys():
            less = policy | {"Statement": [each for each in policy["Statement"] if each != statement]}
            assert any(objection.endswith("is not allowed") for objection in objections(less, needed)), (
                statement
            )


def test_a_needless_statement_is_found(run: RecordedRun) -> None:
    """It is found however little it allows."""
    policy = run.policies["load"]
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


def test_no_call_failed_except_for_objects_that_are_gone(run: RecordedRun) -> None:
    """A notice that may not be sent is only logged, so nobody would notice that its permission is missing."""
    assert {call.status for call in read(run.calls)} == {200, 202, 204, 404}


def test_the_log_of_calls_has_names_of_objects_and_no_contents(run: RecordedRun) -> None:
    _, _, name, basket, _, _, card = sale()
    text = run.calls.read_text(encoding="utf-8")

    assert "first.csv" in text
    assert not any(word in text for word in (name, basket, card))
