"""A warehouse of any earlier schema becomes one of today's schema and keeps all its rows."""

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.errors import SchemaError, WarehouseError
from chalicelib.normalisation import store_key
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.migrations import SCHEMA_VERSION, migrations_after
from chalicelib.warehouse.versions import version_of_tables
from local.redshift.faults import Fault
from local.redshift.stand_in import StandIn
from tests.support.frozen import VERSIONS, warehouse_script
from tests.support.sql_loads import TABLES, File, Loads, Sale

pytestmark = pytest.mark.engines("postgres", "redshift")

COLUMNS = """
    select table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable
    from information_schema.columns where table_schema = 'public' order by table_name, column_name
"""

NEW_TABLES = {"kept_aside", "file_days"}
"""Tables that came with version 4."""

Create = Callable[[int], str]
"""Creates a new database with the warehouse of a version, or an empty one for 0; returns its URL."""


@pytest.fixture
def create(warehouse_url: str, postgres_url: str) -> Iterator[Create]:
    """Return a function that creates warehouses, which are dropped after the test."""
    names = (f"migrated_{number}" for number in itertools.count())
    databases: list[str] = []
    server = Warehouse.connect(postgres_url)

    def create(version: int) -> str:
        name = next(names)
        server.execute(f"create database {name}")
        databases.append(name)
        url = urlsplit(warehouse_url)._replace(path=f"/{name}").geturl()
        if version:
            warehouse = Warehouse.connect(url)
            warehouse.execute(warehouse_script(version))
            warehouse.close()
        return url

    yield create
    for name in databases:
        server.execute(f"drop database {name} with (force)")
    server.close()


def columns(url: str) -> list[tuple[Any, ...]]:
    """Return the columns of all tables and views, with their types."""
    return rows(url, COLUMNS)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    warehouse = Warehouse.connect(url)
    try:
        return warehouse.execute(query)
    finally:
        warehouse.close()


def migrate(url: str) -> list[str]:
    """Do what `create_database` does; return the migrations that were run."""
    warehouse = Warehouse.connect(url)
    try:
        return schema.create(warehouse)
    finally:
        warehouse.close()


def contents(url: str, names: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, of the named columns."""
    return {table: rows(url, f"select {names[table]} from {table} order by 1, 2") for table in names}


def test_every_schema_before_todays_is_frozen() -> None:
    assert set(VERSIONS) >= set(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_warehouse_gets_the_columns_of_a_new_one(create: Create, version: int) -> None:
    """Their order may differ: nothing depends on it."""
    older, new = create(version), create(0)

    assert migrate(older) == [migration.stem for migration in migrations_after(version)]
    assert migrate(new) == []

    assert columns(older) == columns(new)
    assert rows(older, "select max(version) from schema_version") == [(SCHEMA_VERSION,)]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_warehouse_keeps_all_its_rows(create: Create, version: int) -> None:
    """A column that is new to it is empty."""
    url = create(version)
    names = {
        table: ", ".join(name for owner, name, *_ in columns(url) if owner == table)
        for table in TABLES
        if table not in NEW_TABLES
    }
    before = contents(url, names)

    migrate(url)

    assert contents(url, names) == before
    if version == 1:
        assert rows(url, "select store_name, reading, remarks from load_files") == [("", "", "")]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_warehouse_takes_sales_that_were_paid_with_a_voucher(create: Create, version: int) -> None:
    """The type of payment is newer than the oldest tables for it."""
    url = create(version)
    migrate(url)
    warehouse = Warehouse.connect(url)
    voucher = File("voucher.csv", (Sale(0, "ann", payment="OTHER"), Sale(1, "", payment="OTHER")))

    assert Loads(warehouse).load(voucher) == ["loaded"]

    warehouse.close()
    paid = "select payment_type, count(*), sum(total_price) from transactions where payment_type = 'OTHER' group by 1"
    assert rows(url, paid) == [("OTHER", 2, 2 * Sale().total)]
    assert rows(url, "select sum(sales) from payment_sales where payment_type = 'OTHER'") == [(2,)]


def test_stores_get_keys_and_files_their_days(create: Create) -> None:
    """Of two spellings of one store, the first one has the key: new sales are that one's."""
    url = create(3)
    warehouse = Warehouse.connect(url)
    [(name,)] = warehouse.execute("select store_name from stores")
    warehouse.execute("insert into stores (store_id, store_name) values (2, %s)", (name.upper(),))
    warehouse.execute(
        "insert into load_files (file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer,"
        " hash_key_id, store_name, rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence,"
        " reading, remarks, loaded_at) select 2, 'copy.csv', content_sha256, '', '', last_modified, '', '', '', 3, 0,"
        " 0, items, total, 'duplicate', 'duplicate', '', '', '', loaded_at from load_files"
    )
    warehouse.close()

    migrate(url)

    assert rows(url, "select store_id, store_key from stores order by 1") == [(1, store_key(name)), (2, "")]
    assert rows(url, "select file_id, sales_file_id from load_files order by 1") == [(1, 1), (2, 1)]
    [(sales,)] = rows(url, "select count(*) from transactions")
    assert rows(url, "select file_id, store_key, sum(sales) from file_days group by 1, 2 order by 1") == [
        (1, store_key(name), sales),
        (2, store_key(name), sales),
    ]


OLDER_ROW = """
    insert into load_files (file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer,
    hash_key_id, store_name, rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, reading,
    remarks, loaded_at) values (%s, %s, %s, '', '', %s, '', '', '', 1, 0, 0, 1, 2.45, %s, %s, '', '', '', '2026-01-01')
"""


@pytest.mark.parametrize("version", [3, 4])
def test_refusals_wait_unless_a_newer_version_of_their_day_could_be_read(
    create: Create, version: int
) -> None:
    """Under a rolling name each refusal waits, since the newer version may state other days."""
    url = create(version)
    dated, rolling, corrected_badly = "leeds_25-08-2021.csv", "sales.csv", "leeds_26-08-2021.csv"
    withdrawn = "leeds_27-08-2021.csv"
    history = [
        *((key, hour, "refused") for key in (dated, rolling, withdrawn) for hour in (1, 2)),
        (dated, 3, "loaded"),
        (rolling, 3, "loaded"),
        (withdrawn, 3, "withdrawn"),
        (corrected_badly, 1, "loaded"),
        (corrected_badly, 2, "refused"),
    ]
    warehouse = Warehouse.connect(url)
    for file_id, (key, hour, status) in enumerate(history, 10):
        reason = "empty" if status == "refused" else ""
        values = (file_id, key, str(file_id), f"2021-08-28 {hour:02}:00", status, reason)
        warehouse.execute(OLDER_ROW, values)
    warehouse.close()

    migrate(url)

    waiting = "select object_key, count(*) from file_outcomes where status = 'refused' group by 1 order by 1"
    assert rows(url, waiting) == [(corrected_badly, 1), (rolling, 2)]
    replaced = "select file_id, superseded_by from load_files where status = 'refused' order by 1"
    assert rows(url, replaced) == [
        (10, 16),
        (11, 16),
        (12, None),
        (13, None),
        (14, 18),
        (15, 18),
        (20, None),
    ]


def test_a_migration_that_is_repeated_changes_nothing(create: Create) -> None:
    url = create(1)
    migrate(url)
    before = columns(url)

    assert migrate(url) == []
    assert columns(url) == before


class KilledError(Exception):
    """Stands for the kill that ends the function."""


def test_a_migration_that_is_killed_is_finished_by_the_next_run(
    create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed before each of its statements in turn, those of the views included."""
    new = create(0)
    migrate(new)
    execute = Warehouse.execute
    # Run 0 is killed before its first statement, run 1 before its second, … until a run gets to its end.
    for limit in itertools.count():
        url, sent = create(1), itertools.count()

        def killed(
            self: Warehouse, *arguments: Any, sent: "itertools.count[int]" = sent, limit: int = limit
        ) -> list[tuple[Any, ...]]:
            if next(sent) >= limit:
                self.close()
                raise KilledError
            return execute(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(Warehouse, "execute", killed)
            try:
                schema.create(Warehouse.connect(url))
            except (KilledError, WarehouseError):
                is_finished = False
            else:
                is_finished = True
        migrate(url)
        assert columns(url) == columns(new)
        assert rows(url, "select version from schema_version order by version") == [
            (version,) for version in range(1, SCHEMA_VERSION + 1)
        ]
        if is_finished:
            return


def test_a_view_whose_columns_have_changed_is_created_anew(create: Create) -> None:
    """`create or replace view` cannot change columns."""
    url = create(0)
    migrate(url)
    before = columns(url)
    rows(url, "drop view daily_sales")
    rows(url, "create view daily_sales as select 1 as one")

    migrate(url)

    assert columns(url) == before


def test_tables_of_a_newer_release_are_left_alone(create: Create) -> None:
    url = create(0)
    migrate(url)
    newer = SCHEMA_VERSION + 1
    rows(url, f"insert into schema_version (version, applied_at) values ({newer}, '2026-01-01')")

    with pytest.raises(SchemaError, match=f"of schema {newer}, this release needs {SCHEMA_VERSION}"):
        migrate(url)


def test_the_tables_of_another_schema_have_no_version(create: Create) -> None:
    """A probe beside the pipeline creates all tables in a schema of its own."""
    url = create(0)
    rows(url, "create schema other")
    rows(url, "create table other.schema_version (version integer not null, applied_at timestamp not null)")
    rows(url, "insert into other.schema_version (version, applied_at) values (1, '2026-01-01')")
    warehouse = Warehouse.connect(url)

    assert version_of_tables(warehouse) == 0
    assert schema.create(warehouse) == []
    assert version_of_tables(warehouse) == SCHEMA_VERSION
    warehouse.close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return an environment that lacks nothing but the warehouse."""
    for name in (
        "RAW_BUCKET",
        "PROCESSED_BUCKET",
        "LOAD_QUEUE",
        "INGEST_FUNCTION",
        "NOTICE_TOPIC",
        "HASH_KEY_SECRET",
    ):
        monkeypatch.setenv(name, "unused")
    return monkeypatch


@pytest.mark.parametrize("version", [0, *VERSIONS])
def test_a_dry_run_says_what_would_be_migrated_and_changes_nothing(
    create: Create, environment: pytest.MonkeyPatch, version: int
) -> None:
    """A release asks so before it changes anything."""
    url = create(version)
    environment.setenv("WAREHOUSE", url)
    before = columns(url)

    answer = schema.handle({"dry_run": True})

    names = [migration.stem for migration in migrations_after(version)] if version else []
    engine = "redshift" if url.startswith("redshift:") else "postgres"
    assert answer == {"schema_version": version, "engine": engine, "migrations": names}
    assert columns(url) == before


def test_a_view_that_depends_on_ours_is_not_dropped(create: Create) -> None:
    """An analyst's own view is worth more than a release that goes through; the error says what to do."""
    url = create(0)
    migrate(url)
    rows(url, "create view best_days as select sold_on from daily_sales")
    before = columns(url)

    with pytest.raises(SchemaError, match="The view daily_sales cannot be replaced"):
        migrate(url)

    assert columns(url) == before


@pytest.mark.parametrize(
    ("statement", "task"),
    [
        ("lock table schema_version", "read the table schema_version"),
        ("select count(*) from schema_version", "lock the table schema_version"),
        ("select count(*) from load_files", "run the migration 02_store_name"),
    ],
)
def test_a_table_in_use_ends_in_a_sentence_before_the_function_ends(
    create: Create, environment: pytest.MonkeyPatch, statement: str, task: str
) -> None:
    """The next run does the work that is left."""
    url = create(1)
    environment.setenv("WAREHOUSE", url)
    rival = Warehouse.connect(url)
    rival.execute("begin")
    rival.execute(statement)
    began = time.monotonic()

    with pytest.raises(
        SchemaError, match=rf"^There was not enough time to {task}: .*call create_database again"
    ):
        schema.handle({}, seconds=1.5)

    assert time.monotonic() - began < 1.5
    rival.close()
    assert migrate(url)


def test_a_view_in_use_ends_in_a_sentence_before_the_function_ends(create: Create) -> None:
    """All steps share the time: the second view is waited for no longer than the first one left."""
    url = create(0)
    migrate(url)
    before = columns(url)
    readers = []
    for view in ("suspect_sales", "daily_sales"):
        readers.append(Warehouse.connect(url))
        readers[-1].execute("begin")
        readers[-1].execute(f"select count(*) from {view}")
    end_of_first = threading.Timer(1, readers[0].close)
    end_of_first.start()
    warehouse = Warehouse.connect(url, timeout=8)
    began = time.monotonic()

    with pytest.raises(SchemaError, match=r"^There was not enough time to replace the view daily_sales"):
        schema.create(warehouse)

    assert time.monotonic() - began < 8
    end_of_first.join()
    warehouse.close()
    readers[1].close()
    assert columns(url) == before
    assert migrate(url) == []


@pytest.mark.engines("redshift")
@pytest.mark.parametrize("event", [{}, {"dry_run": True}], ids=["a run", "a dry run"])
def test_a_serializable_database_is_refused_until_the_advice_is_followed(
    create: Create, environment: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    """A release asks by a dry run, and changes nothing."""
    url = create(0)
    environment.setenv("WAREHOUSE", url)
    database = urlsplit(url).path.lstrip("/")
    rows(url, f"alter database {database} isolation level serializable")

    with pytest.raises(SchemaError, match="SERIALIZABLE") as caught:
        schema.handle(event)

    assert version_of_tables(Warehouse.connect(url)) == 0
    [advice] = re.findall("`(alter .*)`", str(caught.value))
    rows(url, advice)
    assert schema.handle(event)["engine"] == "redshift"


@pytest.mark.engines("redshift")
def test_an_isolation_level_that_cannot_be_read_is_no_error(
    create: Create, environment: pytest.MonkeyPatch, stand_in: StandIn
) -> None:
    environment.setenv("WAREHOUSE", create(0))
    stand_in.faults.plan(Fault.DENIED, before="from svv_redshift_databases")

    assert schema.handle({})["schema_version"] == SCHEMA_VERSION
