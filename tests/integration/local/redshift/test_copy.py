"""COPY on the stand-in: files of a manifest in S3 become rows, and what cannot be loaded is written down."""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.storage.staged import StagedParts
from chalicelib.warehouse import redshift
from chalicelib.warehouse.connection import Warehouse
from local.client import Clients
from local.redshift.faults import Fault
from local.redshift.stand_in import StandIn
from tests.support.stand_in import ROLE

BUCKET = "copied"
TABLE = """
    create temp table drinks (
        id integer not null, name varchar(6) not null, price numeric(4, 2), sold_at timestamp, note varchar(9)
    )
"""
COLUMNS = ("id", "name", "price", "sold_at")
ERRORS = (
    "select file_name, line_number, column_name, error_code from sys_load_error_detail order by start_time"
)
FAILED = r"^COPY into drinks failed: s3://copied/\d\.csv\.gz, line \d+, column \S+, code 12\d\d\.$"
LATTE = "1,Latte,2.45,2021-08-25 09:00:00\n"

Copy = Callable[[Sequence[str]], None]
"""Copies files of these texts into `drinks`."""


@pytest.fixture
def copy(warehouse: Warehouse, clients: Clients) -> Copy:
    """Return the project's own COPY into an empty table."""
    warehouse.execute(TABLE)
    warehouse.execute("delete from sys_load_error_detail")
    staged = StagedParts(clients.s3, BUCKET)

    def copy(texts: Sequence[str]) -> None:
        keys = [f"{number}.csv.gz" for number, _ in enumerate(texts)]
        for key, text in zip(keys, texts, strict=True):
            clients.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(text.encode()))
        warehouse.copy("drinks", COLUMNS, keys, staged)

    return copy


def put_manifest(clients: Clients, *entries: dict[str, Any]) -> str:
    """Write a manifest; return its URL."""
    body = json.dumps({"entries": entries}).encode()
    clients.s3.put_object(Bucket=BUCKET, Key="m.manifest", Body=body)
    return f"s3://{BUCKET}/m.manifest"


def execute(warehouse: Warehouse, manifest: str, role: str = ROLE, command: str = redshift.COPY) -> None:
    """Send a COPY of the four columns."""
    statement = command.format(f"drinks ({', '.join(COLUMNS)})")
    warehouse.execute(statement, (manifest, role))


def test_the_files_of_a_manifest_are_loaded(warehouse: Warehouse, copy: Copy) -> None:
    """An empty field is an empty string. A column that the list does not name stays null."""
    copy([LATTE, '2,"",\\N,\\N\n3,"Té",10.005,2021-08-25', ""])

    assert warehouse.execute(
        "select id, name, cast(price as varchar(9)), cast(sold_at as date) = '2021-08-25', note from drinks order by 1"
    ) == [(1, "Latte", "2.45", True, None), (2, "", None, None, None), (3, "Té", "10.01", True, None)]


def test_a_file_that_is_listed_twice_is_loaded_twice(
    warehouse: Warehouse, copy: Copy, clients: Clients
) -> None:
    copy([LATTE])
    entry = {"url": f"s3://{BUCKET}/0.csv.gz", "mandatory": True}

    execute(warehouse, put_manifest(clients, entry, entry))

    assert warehouse.execute("select count(*) from drinks") == [(3,)]


def test_a_file_that_is_gone_matters_only_if_it_is_mandatory(
    warehouse: Warehouse, copy: Copy, clients: Clients
) -> None:
    """A manifest says so; by default a file is not."""
    url = f"s3://{BUCKET}/gone.csv.gz"
    execute(warehouse, put_manifest(clients, {"url": url}))

    with pytest.raises(WarehouseError, match="Mandatory url is not present in manifest file"):
        execute(warehouse, put_manifest(clients, {"url": url, "mandatory": True}))
    with pytest.raises(WarehouseError, match="Problem reading manifest file"):
        execute(warehouse, f"s3://{BUCKET}/gone.manifest")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2,Lattéé,1,\\N", "name", 1204),
        ("x,Latte,1,\\N", "id", 1207),
        ("3000000000,Latte,1,\\N", "id", 1222),
        ("2,Latte,x,\\N", "price", 1209),
        ("2,Latte,100,\\N", "price", 1204),
        ("2,Latte,1,25th", "sold_at", 1206),
        ("2,\\N,1,\\N", "name", 1213),
        ("2,Latte,1,\\N,more", "", 1202),
        ("2,Latte", "", 1203),
    ],
)
def test_a_row_that_cannot_be_loaded_fails_the_copy(
    warehouse: Warehouse, copy: Copy, line: str, column: str, code: int
) -> None:
    """The table of errors has file, line, column and code. VARCHAR counts bytes: six letters may be too many."""
    with pytest.raises(WarehouseError, match=FAILED) as caught:
        copy([LATTE, f'3,"a\nb",1,\\N\n{line}\n', LATTE])

    [error] = warehouse.execute(ERRORS)
    assert error == (f"s3://{BUCKET}/1.csv.gz", 3, column, code)
    assert f"s3://{BUCKET}/1.csv.gz, line 3, column {column or '(none)'}, code {code}." in str(caught.value)
    assert warehouse.execute("select count(*) from drinks") == [(0,)]


def test_neither_the_error_nor_its_record_quotes_the_row(warehouse: Warehouse, copy: Copy) -> None:
    with pytest.raises(WarehouseError) as caught:
        copy(["1,a canary,1,\\N\n"])

    assert "canary" not in f"{caught.value} {warehouse.execute('select * from sys_load_error_detail')}"


def test_the_error_of_a_copy_outlives_its_transaction(warehouse: Warehouse, copy: Copy) -> None:
    with pytest.raises(WarehouseError, match=FAILED), warehouse.transaction():
        copy(["x,Latte,1,\\N\n"])

    assert len(warehouse.execute(ERRORS)) == 1


def test_the_newest_error_of_the_own_session_is_named(warehouse: Warehouse, copy: Copy) -> None:
    """Other sessions have errors, too, and this one may have had one before."""
    with pytest.raises(WarehouseError, match="line 1, column id, code 1207"):
        copy(["x,Latte,1,\\N\n"])
    warehouse.execute(
        "insert into sys_load_error_detail (session_id, start_time, file_name, line_number, column_name, error_code)"
        " values (0, dateadd(day, 1, getdate()), 's3://another', 9, 'another', 1204)"
    )

    with pytest.raises(WarehouseError, match="line 2, column price, code 1209"):
        copy([f"{LATTE}1,Latte,x,\\N\n"])


def test_a_place_that_cannot_be_read_does_not_hide_the_error(
    warehouse: Warehouse, copy: Copy, stand_in: StandIn
) -> None:
    stand_in.faults.plan(Fault.CANCELED, before="from sys_load_error_detail")

    with pytest.raises(WarehouseError, match=r"^Load into table 'drinks' failed.*\(XX000\)$"):
        copy(["x,Latte,1,\\N\n"])


def test_a_file_that_is_no_gzip_fails_the_copy(warehouse: Warehouse, copy: Copy, clients: Clients) -> None:
    clients.s3.put_object(Bucket=BUCKET, Key="0.csv.gz", Body=b"no gzip")

    with pytest.raises(WarehouseError, match="failed to inflate"):
        execute(warehouse, put_manifest(clients, {"url": f"s3://{BUCKET}/0.csv.gz"}))


@pytest.mark.parametrize("role", ["", "cafe-etl-copy"])
def test_a_role_that_is_none_is_refused(warehouse: Warehouse, copy: Copy, role: str) -> None:
    """A stage without the setting COPY_ROLE fails at once."""
    with pytest.raises(WarehouseError, match="Invalid credentials"):
        execute(warehouse, f"s3://{BUCKET}/m.manifest", role=role)


@pytest.mark.parametrize(
    "command",
    [
        redshift.COPY.replace(" roundec", ""),
        redshift.COPY.replace(" gzip", ""),
        redshift.COPY.replace(" manifest", ""),
        redshift.COPY + " emptyasnull",
        redshift.COPY.replace("maxerror 0", "maxerror 10"),
        redshift.COPY + "; select 1",
    ],
)
def test_a_copy_with_other_options_is_refused(warehouse: Warehouse, copy: Copy, command: str) -> None:
    """The stand-in does only what it can do exactly."""
    with pytest.raises(WarehouseError, match="The stand-in executes COPY"):
        execute(warehouse, f"s3://{BUCKET}/m.manifest", command=command)
