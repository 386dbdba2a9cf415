"""SQL by Redshift's Data API, which needs neither a driver nor a way into the warehouse's network."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.psql_csv import sql_error

if TYPE_CHECKING:
    from mypy_boto3_redshift_data.client import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_data.type_defs import (
        DescribeStatementResponseTypeDef,
        GetStatementResultResponseTypeDef,
    )

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 2.0
"""Seconds between two looks at a statement: at first few, then twice as many each time."""

UNFINISHED: Final = frozenset({"SUBMITTED", "PICKED", "STARTED"})


def address(url: str) -> dict[str, Any]:
    """Return the parameters that name a warehouse to the Data API; raise `InfraError` for a PostgreSQL."""
    parts = urlsplit(url)
    names = {"redshift-serverless": "WorkgroupName", "redshift": "ClusterIdentifier"}
    if parts.scheme not in names:
        raise InfraError(
            "This warehouse is a PostgreSQL, and the Data API is Redshift's alone. Connect with psql: see"
            " An analyst's user in docs/connect.md."
        )
    # Without a DbUser the caller's role is the user, in a cluster, too.
    return {names[parts.scheme]: parts.hostname or "", "Database": parts.path.lstrip("/")}


def pages(
    sql: str, warehouse: dict[str, Any], client: "RedshiftDataAPIServiceClient"
) -> Iterator["GetStatementResultResponseTypeDef"]:
    """Run one statement and yield the pages of its result: `ColumnMetadata` and `Records`; none without a result.

    Raise `InfraError` with the warehouse's own words if the statement fails. If the caller is stopped while it waits,
    the statement is cancelled.
    """
    try:
        statement = client.execute_statement(Sql=sql, **warehouse)["Id"]
    except client.exceptions.ValidationException as exc:
        raise InfraError(f"Redshift refused: {exc.response['Error']['Message']}") from exc
    try:
        description = _finished(statement, client)
    except BaseException:
        _cancel(statement, client)
        raise
    if description["Status"] != "FINISHED":
        ended = f"The statement was {description['Status'].lower()}."
        raise InfraError(sql_error(description.get("Error", "")) or ended)
    if description.get("HasResultSet"):
        yield from client.get_paginator("get_statement_result").paginate(Id=statement)


def _finished(statement: str, client: "RedshiftDataAPIServiceClient") -> "DescribeStatementResponseTypeDef":
    """Wait for a statement and return its description."""
    wait = FIRST_WAIT
    while (description := client.describe_statement(Id=statement))["Status"] in UNFINISHED:
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
    return description


def _cancel(statement: str, client: "RedshiftDataAPIServiceClient") -> None:
    try:
        client.cancel_statement(Id=statement)
    except ClientError:  # it has ended meanwhile, which is as good; what stopped the caller matters more
        return
