"""Tables of another schema than the code's: nothing that writes them writes, and every message comes back."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import SchemaError
from chalicelib.load import transaction
from chalicelib.operations import removal, replay, smoke_cleanup
from chalicelib.warehouse import schema, versions
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.deadline import Deadline
from chalicelib.warehouse.migrations import SCHEMA_VERSION
from tests.support.pipeline import Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

OTHERS = [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1]
SET = "update schema_version set version = {} where version = {}"


@pytest.fixture
def set_version(pipeline: Pipeline) -> Iterator[Callable[[int], None]]:
    """Return a function that gives the tables another version; they have their own one after the test."""
    current = [SCHEMA_VERSION]

    def set_version(version: int) -> None:
        pipeline.rows(SET.format(version, current[-1]))
        current.append(version)

    yield set_version
    set_version(SCHEMA_VERSION)


@pytest.mark.parametrize("version", OTHERS, ids=["older", "newer"])
@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
def test_a_load_writes_nothing_and_loads_all_when_the_schema_is_its_own(
    pipeline: Pipeline, set_version: Callable[[int], None], version: int, *, is_warm: bool
) -> None:
    """A function that was warm when the tables were migrated asks as well as a new one."""
    pipeline.run(before=csv_of(sale(0)))
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    before = pipeline.everything()
    if not is_warm:
        transaction.disconnect()
    set_version(version)

    assert pipeline.load(bodies) == [0, 1]
    assert pipeline.everything() == before

    set_version(SCHEMA_VERSION)
    assert pipeline.load(bodies) == []
    assert pipeline.count_sales() == 3


def test_the_log_says_what_to_do(
    pipeline: Pipeline, set_version: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    bodies = pipeline.request(a=csv_of(sale(1)), b=csv_of(sale(2)))
    set_version(SCHEMA_VERSION + 1)

    pipeline.load(bodies)

    assert caplog.text.count("release the newer package again") == 2
    assert "batch_failed" not in caplog.text, "no file causes this, so none is tried alone"


def remove(action: str, **fields: Any) -> Callable[[], Any]:
    """Return a call of the function `remove`."""
    return lambda: removal.handle({"action": action, "dry_run": False, **fields}, seconds=100)


@pytest.mark.parametrize(
    "call",
    [
        remove("withdraw", object_key="before.csv"),
        remove("erase", object_key="before.csv"),
        remove("erase_customer", store="Leeds", customer="Jo Bloggs"),
        lambda: smoke_cleanup.handle({"object_key": "smoke_test_1.csv"}),
    ],
    ids=["withdraw", "erase", "erase a customer", "smoke cleanup"],
)
def test_nothing_else_writes_newer_tables(
    pipeline: Pipeline, set_version: Callable[[int], None], call: Callable[[], Any]
) -> None:
    pipeline.run(**{"before.csv": csv_of(sale(0)), "smoke_test_1.csv": csv_of(sale(1))})
    before = pipeline.everything()
    set_version(SCHEMA_VERSION + 1)

    with pytest.raises(SchemaError, match="release the newer package again"):
        call()

    set_version(SCHEMA_VERSION)
    assert pipeline.everything() == before


def test_a_replay_fails_with_the_sentence(pipeline: Pipeline, set_version: Callable[[int], None]) -> None:
    pipeline.run(**{"before.csv": csv_of(sale(0))})
    pipeline.rows("delete from load_files")
    set_version(SCHEMA_VERSION + 1)

    [file] = replay.handle({"source": "archive"}, seconds=100)["files"]

    assert (file["outcome"], "release the newer package again" in file["sentence"]) == ("failed", True)


def test_a_load_that_waits_for_a_migration_does_not_write_the_new_tables(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """It asks for the version before the migration has changed it, and gets its turn after the migration."""
    pipeline.run(before=csv_of(sale(0)))
    bodies = pipeline.request(a=csv_of(sale(1)))
    before = pipeline.everything()
    migration = tmp_path / f"{SCHEMA_VERSION + 1:02}_waiting.sql"
    migration.write_text("alter table stores add column town varchar(10);\n", encoding="utf-8")
    is_at_work, may_end = threading.Event(), threading.Event()
    loading = threading.Thread(target=pipeline.load, args=(bodies,))

    class Slow(Warehouse):
        """A session that waits, once it takes turns with loads, before it locks the version."""

        def execute(self, statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
            """Send a statement."""
            if statement == "lock table schema_version":
                is_at_work.set()
                may_end.wait(20)
            return super().execute(statement, parameters)

    migrator = Slow.connect(pipeline.warehouse_url)
    migrating = threading.Thread(target=schema._migrate, args=(migrator, migration, Deadline(migrator)))  # noqa: SLF001
    try:
        migrating.start()
        assert is_at_work.wait(20)
        loading.start()
        loading.join(1)
        assert loading.is_alive(), "the load did not wait"
        may_end.set()
        migrating.join(20)
        loading.join(20)

        assert versions.version_of_tables(migrator) == SCHEMA_VERSION + 1
        assert pipeline.count_sales() == 1
    finally:
        may_end.set()
        migrator.close()
        pipeline.rows(f"delete from schema_version where version > {SCHEMA_VERSION}")
        pipeline.rows("alter table stores drop column town")
    assert pipeline.everything() == before
    assert pipeline.load(bodies) == []
