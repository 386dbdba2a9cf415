"""Before a release: the deployed function says of which schema the warehouse is, and a sentence says what follows."""

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner

from chalicelib.warehouse import migrations
from chalicelib.warehouse.scripts import scripts
from infra import release, schema_check
from infra.accounts import Account
from infra.cli import main
from infra.errors import InfraError
from infra.release import Stack

FUNCTION = "cafe-etl-prod-create_database"
STACK = Stack("ads-resources-stack-cf", "packages", {})
NO_STACK = ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
NO_FUNCTION = ClientError(
    {"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}}, "Invoke"
)


class Aws:
    """A stack, and its function `create_database`, which answers with the schema or fails."""

    def __init__(
        self, response: Any = None, *, status: str | None = "UPDATE_COMPLETE", error: str = ""
    ) -> None:
        self.response = response
        self.status = status
        self.error = error
        self.invocations: list[tuple[str, bytes]] = []
        self.response_types = ["ReportBatchItemFailures"]

    def get_paginator(self, _name: str) -> "Aws":
        """Return the paginator of the event source mappings: this object."""
        return self

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        """Return the mapping of the load queue."""
        return [{"EventSourceMappings": [{"UUID": "1-2", "FunctionResponseTypes": self.response_types}]}]

    def describe_stacks(self, **_parameters: Any) -> dict[str, Any]:
        """Return the one stack; without a status there is none."""
        if self.status is None:
            raise NO_STACK
        return {"Stacks": [{"StackStatus": self.status, "Outputs": []}]}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Return the response of the function, or raise it."""
        self.invocations.append((FunctionName, Payload))
        if isinstance(self.response, Exception):
            raise self.response
        failure = {"FunctionError": self.error} if self.error else {}
        return {"Payload": io.BytesIO(json.dumps(self.response).encode()), **failure}


@pytest.fixture(autouse=True)
def _schema_4_with_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this release need schema 4, which one script makes of schema 3."""
    monkeypatch.setattr(migrations, "SCHEMA_VERSION", 4)
    till_number = [Path("sql/migrations/04_till_number.sql")]
    monkeypatch.setattr(migrations, "migrations_after", lambda version: till_number if version == 3 else [])


def plan(aws: Aws, stack: Stack = STACK) -> str:
    """Return the sentence of a release to a stack."""
    return schema_check.plan(stack, FUNCTION, lambda _service: aws)


def test_an_older_schema_names_the_scripts_that_will_run() -> None:
    aws = Aws({"schema_version": 3, "engine": "redshift"})

    assert plan(aws) == (
        "The warehouse's tables are of schema 3; this release needs 4 and will run: 04_till_number."
    )
    assert aws.invocations == [(FUNCTION, b'{"dry_run": true}')]


def test_an_older_schema_without_scripts_is_said() -> None:
    assert plan(Aws({"schema_version": 2, "engine": "redshift"})) == (
        "The warehouse's tables are of schema 2; this release needs 4 and has no script to run for it."
    )


def test_the_scripts_are_those_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse of schema 1 gets every script of sql/migrations."""
    monkeypatch.undo()
    names = ", ".join(path.stem for path in scripts("migrations"))

    assert plan(Aws({"schema_version": 1, "engine": "redshift"})) == (
        f"The warehouse's tables are of schema 1; this release needs {migrations.SCHEMA_VERSION} and will run: {names}."
    )


def test_the_same_schema_needs_no_migration() -> None:
    assert plan(Aws({"schema_version": 4, "engine": "postgres"})) == (
        "The warehouse's tables are of schema 4, as this release needs: nothing to migrate."
    )


def test_a_stack_without_tables_will_have_them() -> None:
    """Its first release may have ended before `create_database` was called."""
    answer = {"schema_version": 0, "engine": "redshift", "migrations": []}

    assert plan(Aws(answer)) == "The warehouse has no tables yet: they will be of schema 4."


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_first_release_asks_nobody(status: str | None) -> None:
    aws = Aws(status=status)

    assert plan(aws) == "There is no warehouse yet: its tables will be of schema 4."
    assert aws.invocations == []


def test_a_first_release_to_an_existing_warehouse_does_not_say_that_there_is_none() -> None:
    stack = Stack("s", "b", {"Warehouse": "postgresql://host/database"})

    assert plan(Aws(status=None), stack) == (
        "This is the first release: it brings the warehouse's tables to schema 4."
    )


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(InfraError, match=r"of schema 5; .* up to 4 only\. .* SCHEMA_VERSION is 5 or more"):
        plan(Aws({"schema_version": 5, "engine": "redshift"}))


@pytest.mark.parametrize(
    ("aws", "reason"),
    [
        (
            Aws({"errorType": "UnreachableError", "errorMessage": "timeout"}, error="Unhandled"),
            f"{FUNCTION} failed: UnreachableError: timeout",
        ),
        (Aws(NO_FUNCTION), f"{FUNCTION} does not answer: .*Function not found"),
        (Aws(ReadTimeoutError(endpoint_url="lambda")), f"{FUNCTION} does not answer: Read timeout"),
        (Aws({"engine": "redshift"}), f"{FUNCTION} answers without a schema_version"),
        (Aws(None), f"{FUNCTION} answers without a schema_version: null"),
    ],
)
def test_a_function_that_does_not_answer_ends_the_release(aws: Aws, reason: str) -> None:
    with pytest.raises(InfraError, match=f"{reason}(.|\n)*nothing was released.*--no-schema-check"):
        plan(aws)


def run(monkeypatch: pytest.MonkeyPatch, aws: Aws, *arguments: str) -> tuple[int, str, list[str]]:
    """Run a command in a made-up account; return exit code, output, and the stacks that it changed or previewed."""
    stacks: list[str] = []

    def change(_build: Path, stack: Stack, _client: Any) -> bool:
        stacks.append(stack.name)
        return True

    def preview(build: Path, stack: Stack, client: Any) -> str:
        change(build, stack, client)
        return "What would change\n"

    account = Account("123456789012", "eu-west-1", boto3.Session())
    monkeypatch.setattr(Account, "current", lambda: account)
    monkeypatch.setattr(Account, "client", lambda _account, _service: aws)
    monkeypatch.setattr(release, "release", change)
    monkeypatch.setattr(release, "preview", preview)
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output, stacks


def test_a_release_says_first_what_it_migrates(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, stacks = run(monkeypatch, Aws({"schema_version": 3, "engine": "redshift"}), "release")

    assert (code, stacks) == (0, [STACK.name])
    assert output.splitlines()[0].endswith("this release needs 4 and will run: 04_till_number.")


@pytest.mark.parametrize("response", [{"schema_version": 5, "engine": "redshift"}, NO_FUNCTION])
def test_a_release_that_is_refused_changes_nothing(monkeypatch: pytest.MonkeyPatch, response: Any) -> None:
    code, output, stacks = run(monkeypatch, Aws(response), "release")

    assert (code, stacks) == (1, [])
    assert "othing was released" in output


def test_without_the_check_a_release_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks nobody before the stack is changed, and calls the new function afterwards."""
    aws = Aws({"schema_version": 4, "engine": "redshift"})

    code, output, stacks = run(monkeypatch, aws, "release", "--no-schema-check")

    assert (code, stacks, len(aws.invocations)) == (0, [STACK.name], 1)
    assert output.splitlines()[0] == "The warehouse's schema is not checked."


def test_a_release_after_which_failed_loads_would_be_deleted_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stack is released and the tables are made, but somebody has to repair the mapping at once."""
    aws = Aws({"schema_version": 4, "engine": "redshift"})
    aws.response_types = []

    code, output, stacks = run(monkeypatch, aws, "release")

    assert (code, stacks) == (1, [STACK.name])
    assert "`aws lambda update-event-source-mapping --uuid 1-2 --function-response-types" in output


@pytest.mark.parametrize(
    ("response", "line"),
    [
        ({"schema_version": 3, "engine": "redshift"}, "will run: 04_till_number."),
        (
            {"schema_version": 5, "engine": "redshift"},
            "A release would stop at once. The warehouse's tables are of schema 5;",
        ),
        (NO_FUNCTION, f"A release would stop at once. {FUNCTION} does not answer"),
    ],
)
def test_a_change_set_says_the_same_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, response: Any, line: str
) -> None:
    code, output, stacks = run(monkeypatch, Aws(response), "change-set")

    assert (code, stacks) == (0, [STACK.name])
    assert line in output.partition("\n\nWhat would change\n")[0]
