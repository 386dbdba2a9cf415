"""`create_database` gives writers and readers their rights in the warehouse, and no more."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.grants import object_names
from local.cloud.postgres import Guardian
from local.state import PROJECT, State
from tests.support.sql_loads import File, Loads, Sale

WRITER, READER = "IAMR:cafe-etl-test-load", 'IAMR:a "reader"; drop table stores'
ALLOWED = "select has_table_privilege(%s, %s, %s)"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a warehouse of its own: users belong to the whole server."""
    state = State.open(tmp_path_factory.mktemp("warehouse") / "state")
    guardian = Guardian(state.warehouse, state.socket, state.logs / "postgres.log")
    assert guardian.wait_until_ready()
    yield guardian.url
    guardian.stop()


@pytest.fixture(scope="module")
def granted(url: str) -> str:
    """Return the warehouse after `create_database` has run twice."""
    environment = {
        "RAW_BUCKET": "raw",
        "PROCESSED_BUCKET": "processed",
        "LOAD_QUEUE": "queue",
        "INGEST_FUNCTION": "ingest",
        "NOTICE_TOPIC": "topic",
        "HASH_KEY_SECRET": "secret",
        "WAREHOUSE": url,
        "WRITERS": WRITER,
        "READERS": READER,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        assert schema.handle({}) == schema.handle({})
    return url


def as_user(url: str, user: str) -> Warehouse:
    """Connect as another user; the embedded server asks for no password."""
    return Warehouse.connect(url.replace("//cafe@", f"//{quote(user, safe='')}@"))


def test_a_writer_can_load(granted: str) -> None:
    """A load needs the lock and staging tables of its own."""
    warehouse = as_user(granted, WRITER)
    loads = Loads(warehouse)

    loads.load(File("leeds.csv", (Sale(),)))

    assert warehouse.execute("select current_user, count(*) from transactions") == [(WRITER, 1)]
    warehouse.close()


def test_a_reader_can_read_and_change_nothing(granted: str) -> None:
    """Not even the lock can be taken."""
    warehouse = as_user(granted, READER)

    assert len(warehouse.execute("select status from file_outcomes")) <= 1
    for statement in ("delete from transactions", "insert into load_lock (locked_by) values ('me')"):
        with pytest.raises(WarehouseError, match="permission denied"):
            warehouse.execute(statement)
    warehouse.execute("begin")
    with pytest.raises(WarehouseError, match="permission denied"):
        warehouse.execute("lock table load_lock")
    warehouse.close()


@pytest.mark.parametrize("user", [WRITER, READER])
def test_only_the_owner_can_alter_tables(granted: str, user: str) -> None:
    """The schema belongs to the admin."""
    warehouse = as_user(granted, user)

    with pytest.raises(WarehouseError, match="must be owner"):
        warehouse.execute("drop table transactions")
    warehouse.close()


@pytest.mark.parametrize("user", [WRITER, READER])
def test_everybody_with_rights_can_read_every_view(granted: str, user: str) -> None:
    warehouse = as_user(granted, user)

    for view in object_names("views"):
        assert len(warehouse.execute(f"select count(*) from {view}")) == 1
    warehouse.close()


def test_a_reader_reads_every_table_but_the_customers_hashes(granted: str) -> None:
    """Not even with a right that an older release gave."""
    owner = Warehouse.connect(granted)
    owner.execute(f"grant select on customers to {quoted(READER)}")
    schema.create(owner, readers=[READER])
    owner.close()
    warehouse = as_user(granted, READER)

    for table in {*object_names("schema")} - {"customers"}:
        assert len(warehouse.execute(f"select count(*) from {table}")) == 1
    with pytest.raises(WarehouseError, match="permission denied"):
        warehouse.execute("select customer_id from customers")
    warehouse.close()


def quoted(user: str) -> str:
    """Return a user's name as SQL quotes it."""
    return '"{}"'.format(user.replace('"', '""'))


def analysts_blocks() -> list[str]:
    """Return the blocks of SQL in the page on tools: rights that are granted, and taken back."""
    page = (PROJECT / "docs" / "connect.md").read_text(encoding="utf-8")
    return re.findall(r"^```sql\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.mark.engines("postgres", "redshift")
def test_the_block_for_an_analyst_gives_rights_to_read_that_the_next_release_keeps(
    warehouse_url: str,
) -> None:
    """On both engines: every view and all tables but that with the hashes; nothing can be changed."""
    warehouse = Warehouse.connect(warehouse_url)
    grant, revoke = analysts_blocks()
    warehouse.execute(grant)
    schema.create(warehouse)
    try:
        warehouse.execute("set session authorization ana")
        for name in {*object_names("views"), "stores", "products", "transactions", "baskets", "load_files"}:
            assert len(warehouse.execute(f"select count(*) from {name}")) == 1
        for statement in (
            "select customer_hash from customers",
            "delete from transactions",
            "drop view daily_sales",
            "insert into stores (store_id, store_name, store_key) values (1, 'a', 'a')",
        ):
            with pytest.raises(WarehouseError, match=r"permission denied|must be owner"):
                warehouse.execute(statement)
    finally:
        warehouse.execute("reset session authorization")
        warehouse.execute(revoke)
        warehouse.close()


def test_the_block_for_an_analyst_names_every_view() -> None:
    names = re.search(r"grant select on ([\w,\s]+?) to ana;", analysts_blocks()[0])

    assert names is not None
    granted_names = set(re.findall(r"\w+", names[1]))
    assert granted_names >= set(object_names("views"))
    internal = {"customers", "kept_aside", "load_lock", "schema_version"}
    assert granted_names == {*object_names("views"), *object_names("schema")} - internal
