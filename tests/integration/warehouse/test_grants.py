"""`create_database` gives writers and readers their rights in the warehouse, and no more."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from local.cloud.postgres import Guardian
from local.state import State
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
