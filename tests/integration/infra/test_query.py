"""`python -m infra query` by the Data API prints what psql prints of the same PostgreSQL, byte by byte."""

import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from local.account import REGION
from local.cloud import cluster
from local.state import PROJECT
from tests.support.data_api import PAGE, DataApi, served
from tests.support.endpoint import ACCESS_KEY

WAREHOUSE = "redshift-serverless://cafes/cafe"
VALUES = """
select *
from (
    values
    (1, 'Alder Cross', 4.60, true, date '2022-03-14', timestamp '2022-03-14 09:00:00', 0.1::float8),
    (2, 'Tea, "green"', 1003.90, false, null, timestamp '2022-03-14 09:00:00.25', 1e15::float8),
    (3, '', null, null, date '0099-01-01', null, null),
    (4, E'two\nlines', -0.05, true, null, null, 'NaN'::float8),
    (5, E'\\.', 0, true, null, null, '-Infinity'::float8)
) as sales (number, "store, name", total, is_card, sold_on, sold_at, share)
"""


@pytest.fixture
def api(warehouse_url: str) -> DataApi:
    """Return the Data API of a workgroup."""
    return DataApi(warehouse_url, "cafes")


@pytest.fixture
def environment(endpoint: str, api: DataApi) -> Iterator[dict[str, str]]:
    """Return an environment in which the Data API is that of the test, and the rest of AWS that of moto."""
    with served(api) as url:
        yield {
            **os.environ,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
        }


def query(
    environment: dict[str, str], sql: str, *options: str, warehouse: str = WAREHOUSE
) -> subprocess.CompletedProcess[str]:
    """Run a query as a user does."""
    command = [sys.executable, "-m", "infra", "query", sql, "--warehouse", warehouse, *options]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def psql(url: str, sql: str) -> str:
    """Return what psql prints, as `python -m local query` does."""
    command = [
        str(cluster.BIN / "psql"),
        "--no-psqlrc",
        "--quiet",
        "--csv",
        "--dbname",
        url,
        "--command",
        sql,
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return result.stdout


def test_rows_of_all_pages_are_printed_as_psql_prints_them(
    environment: dict[str, str], warehouse_url: str
) -> None:
    """There are several pages; the second one has the columns, too."""
    result = query(environment, VALUES)

    assert result.returncode == 0, result.stderr
    assert result.stdout == psql(warehouse_url, VALUES)
    assert result.stdout.count("\n") > 2 * PAGE


def test_floats_have_the_digits_that_postgresql_writes(
    environment: dict[str, str], warehouse_url: str
) -> None:
    """Most of them have seventeen, and an exponent. A whole number above 2^53 may differ in its last digit."""
    choice = random.Random(7)  # noqa: S311 - no secret depends on it
    numbers = [struct.unpack("d", choice.randbytes(8))[0] for _ in range(300)]
    numbers += [choice.random() * 10.0**power for power in range(-8, 15) for _ in range(5)]
    numbers += [10.0**power for power in range(-8, 20)]
    values = ",".join(f"('{number!r}'::float8)" for number in numbers)
    sql = f"select * from (values {values}) as numbers (number)"

    assert query(environment, sql).stdout == psql(warehouse_url, sql)


def test_a_query_without_rows_prints_the_columns_and_a_statement_without_result_nothing(
    environment: dict[str, str], warehouse_url: str
) -> None:
    for sql in ("select 1 as one where false", "set datestyle to iso"):
        result = query(environment, sql)
        assert (result.returncode, result.stdout) == (0, psql(warehouse_url, sql))


def test_an_error_is_the_warehouses_own_sentence(environment: dict[str, str]) -> None:
    result = query(environment, "select * from sale")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == 'SQL error: relation "sale" does not exist\n'


def test_people_query_as_the_reader_and_as_themselves_only_if_they_say_so(
    environment: dict[str, str], api: DataApi
) -> None:
    """The reader's session has credentials of its own."""
    query(environment, "select 1")
    assert ACCESS_KEY not in api.callers

    query(environment, "select 1", "--as-me")
    assert ACCESS_KEY in api.callers


def test_a_warehouse_that_is_not_there_is_a_sentence(environment: dict[str, str]) -> None:
    result = query(environment, "select 1", warehouse="redshift-serverless://elsewhere/cafe")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Redshift refused: Redshift endpoint doesn't exist in this region.\n"


def test_a_postgresql_is_not_for_the_data_api(environment: dict[str, str], api: DataApi) -> None:
    """The sentence says how to connect instead."""
    result = query(environment, "select 1", warehouse="postgresql://user:secret@host/cafe")

    assert (result.returncode, result.stdout) == (1, "")
    assert "is a PostgreSQL" in result.stderr
    assert "docs/connect.md" in result.stderr
    assert "secret" not in result.stderr
    assert api.statements == {}


def test_ctrl_c_cancels_the_statement(environment: dict[str, str], api: DataApi) -> None:
    """On Redshift it would run on, and cost."""
    api.is_slow = True
    command = [sys.executable, "-m", "infra", "query", "select 1", "--warehouse", WAREHOUSE]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not any(statement.looks for statement in api.statements.values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    assert process.returncode == 1
    assert [statement.is_cancelled for statement in api.statements.values()] == [True]
