"""`python -m infra query`."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError

from infra import data_api, psql_csv
from infra.accounts import Account, aws_errors
from infra.commands import options
from infra.errors import InfraError
from infra.names import LOCAL, Names
from infra.readers import reader
from infra.vendoring import PROJECT
from infra.warehouses import check_warehouse

if TYPE_CHECKING:
    from mypy_boto3_redshift_data.type_defs import GetStatementResultResponseTypeDef


@click.command(
    "query", epilog=options.example("python -m infra query 'select * from daily_sales' --stage prod")
)
@options.stage
@click.option("--warehouse", default="", help="The URL of the warehouse.  [default: the stage's own]")
@click.option(
    "--as-me", is_flag=True, help="Query as your own user of the warehouse, not as the stage's reader."
)
@click.argument("sql", metavar="SQL")
def command(stage: str, warehouse: str, sql: str, *, as_me: bool) -> None:
    """Run SQL in a stage's warehouse and print the rows as CSV.

    The first line has the names of the columns. It needs no driver and no network: Redshift's Data API runs the SQL.
    """
    if stage == LOCAL:
        raise InfraError("The warehouse of the stage local is on this machine: use `python -m local query`.")
    if warehouse:
        check_warehouse(warehouse, "--warehouse")
    names, account = Names.of(PROJECT, stage), Account.current()
    with aws_errors():
        address = data_api.address(warehouse or _warehouse(names, stage, account))
        identity = account if as_me else reader(names, account)
        _print(data_api.pages(sql, address, identity.client("redshift-data")))


def _print(pages: Iterable["GetStatementResultResponseTypeDef"]) -> None:
    """Print the names of the columns and the rows of all pages."""
    is_terminal = sys.stdout.isatty()
    for number, page in enumerate(pages):
        columns = page["ColumnMetadata"]
        if number == 0:
            psql_csv.print_line((column["name"] for column in columns), is_terminal=is_terminal)
        for record in page["Records"]:
            values = map(psql_csv.value, record, (column["typeName"] for column in columns))
            psql_csv.print_line(values, is_terminal=is_terminal)


def _warehouse(names: Names, stage: str, account: Account) -> str:
    """Return the URL that the stage's functions connect to, or the stack's own if the caller may not see it."""
    function = names.function("sweep")
    try:
        configuration = account.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        if code in {"AccessDenied", "AccessDeniedException"}:
            return f"redshift-serverless://cafe-etl-{stage}/cafe"
        if code == "ResourceNotFoundException":
            raise InfraError(f"There is no function {function} here: deploy the stage first.") from exc
        raise
    url: str = configuration["Environment"]["Variables"]["WAREHOUSE"]
    return url
