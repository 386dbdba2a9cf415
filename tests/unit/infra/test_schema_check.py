"""Before a release: the deployed function says of which schema the warehouse is, and a sentence says what follows."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner

from chalicelib.warehouse.scripts import scripts
from infra import kept_packages, packages, release, schema_check
from infra.accounts import Account
from infra.cli import main
from infra.errors import InfraError
from infra.release import Stack
from infra.schemas import Schemas
from local.state import PROJECT

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


SCHEMAS = Schemas(("03_remarks", "04_till_number"))
"""A package that needs schema 4, and that has scripts for tables of schema 2 and 3."""


def plan(aws: Aws, stack: Stack = STACK) -> str:
    """Return the sentence of a release of this package to a stack."""
    return schema_check.plan(stack, FUNCTION, lambda _service: aws, SCHEMAS)


def test_an_older_schema_names_the_scripts_that_will_run() -> None:
    aws = Aws({"schema_version": 3, "engine": "redshift"})

    assert plan(aws) == (
        "The warehouse's tables are of schema 3; this release needs 4 and will run: 04_till_number."
    )
    assert aws.invocations == [(FUNCTION, b'{"dry_run": true}')]


@pytest.mark.parametrize("version", [1, 5])
def test_tables_that_the_package_cannot_write_are_refused(version: int) -> None:
    """It has no script for tables as old as schema 1, and does not know schema 5."""
    with pytest.raises(InfraError) as refusal:
        plan(Aws({"schema_version": version, "engine": "redshift"}))

    assert str(refusal.value) == (
        f"The warehouse's tables are of schema {version}; this package can write schemas 2 to 4 only."
        f" Nothing was released: release a package whose schemas include {version}."
    )


def test_the_schemas_of_a_package_are_those_of_the_scripts_in_its_zip(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "deployment.zip", "w") as packed:
        for path in [*scripts("migrations"), *scripts("migrations/filled"), *scripts("schema")]:
            packed.write(path, path.relative_to(PROJECT))
    names = [path.stem for path in scripts("migrations")]

    assert packages.schemas_of(tmp_path).description == {
        "OldestSchema": 1,
        "NewestSchema": max(int(name[:2]) for name in names),
        "Migrations": names,
    }


def test_a_script_that_is_missing_in_the_middle_ends_the_range() -> None:
    """Tables of schema 2 would miss what number 3 does."""
    names = ["sql/migrations/02_a.sql", "sql/migrations/04_b.sql", "sql/migrations/05_c.sql", "app.py"]
    schemas = Schemas.of_files(names)

    assert (schemas.oldest, schemas.newest, schemas.after(4)) == (3, 5, ["05_c"])


def test_the_number_of_a_script_is_no_text() -> None:
    """Number 10 follows number 9."""
    schemas = Schemas.of_files([f"sql/migrations/{number}_x.sql" for number in (10, 9, 8)])

    assert (schemas.oldest, schemas.newest, schemas.migrations) == (7, 10, ("8_x", "9_x", "10_x"))


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
    monkeypatch.setattr(packages, "schemas_of", lambda _build: SCHEMAS)
    monkeypatch.setattr(kept_packages, "running", lambda _stack, _client: None)
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


def test_an_empty_digest_does_not_release_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, stacks = run(monkeypatch, Aws({"schema_version": 4}), "release", "--package", "")

    assert (code, stacks) == (1, [])
    assert "'' is not a package's digest" in output


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
