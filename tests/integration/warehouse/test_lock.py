"""The lock of a load: whose it is, how long others wait for it, and the row that stands in for it on Redshift."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from chalicelib.errors import LockedError, TransientError, WarehouseError
from chalicelib.warehouse.connection import Warehouse
from local.redshift.faults import Fault
from local.redshift.stand_in import StandIn

Connect = Callable[..., Warehouse]


@pytest.fixture
def connect(warehouse_url: str) -> Iterator[Connect]:
    """Return a function that connects to the warehouse, whose lock is as it was after the test."""
    opened = []

    def connect(timeout: float = 60) -> Warehouse:
        opened.append(Warehouse.connect(warehouse_url, timeout=timeout))
        return opened[-1]

    yield connect
    for warehouse in opened:
        warehouse.close()
    warehouse = Warehouse.connect(warehouse_url)
    warehouse.execute("delete from load_lock")
    warehouse.close()


@pytest.fixture
def connect_denied(connect: Connect, stand_in: StandIn) -> Connect:
    """Return a function that connects as a user who may not LOCK; each connection asks once."""

    def connect_denied(timeout: float = 60) -> Warehouse:
        warehouse = connect(timeout)
        stand_in.faults.plan(Fault.DENIED, before="lock table load_lock")
        with warehouse.locked_transaction():
            pass
        return warehouse

    return connect_denied


def hold(warehouse: Warehouse, table: str) -> int:
    """Lock a table in a transaction that stays open; return the id of the session."""
    [(session,)] = warehouse.execute("select pg_backend_pid()")
    warehouse.execute("begin")
    warehouse.execute(f"lock table {table}")
    return int(session)


def is_alive(warehouse: Warehouse) -> bool:
    """Tell whether a session has not been ended."""
    try:
        warehouse.execute("select 1")
    except WarehouseError:
        return False
    return True


@pytest.mark.engines("postgres", "redshift")
def test_only_the_table_that_a_load_would_lock_counts(connect: Connect) -> None:
    """Another schema has a table of the same name. A session that has held that one for long goes on."""
    admin, bystander, holder = connect(), connect(), connect()
    admin.execute("create schema other")
    try:
        admin.execute("create table other.load_lock (locked_by varchar(64))")
        hold(bystander, "other.load_lock")
        hold(holder, "load_lock")
        time.sleep(2.5)  # Redshift's clock counts whole seconds

        with connect(timeout=2).locked_transaction():
            assert not is_alive(holder)
            assert is_alive(bystander)
    finally:
        bystander.close()
        admin.execute("drop schema other cascade")


@pytest.mark.engines("redshift")
def test_a_load_that_may_not_lock_the_table_writes_its_row(connect_denied: Connect) -> None:
    warehouse = connect_denied()
    warehouse.execute("delete from stores")

    with warehouse.locked_transaction():
        assert warehouse.execute("select locked_by from load_lock") == [("load",)]
        warehouse.execute("insert into stores (store_id, store_name, store_key) values (1, 'Leeds', 'leeds')")

    assert warehouse.execute("select store_name from stores") == [("Leeds",)]
    warehouse.execute("delete from stores")


@pytest.mark.engines("redshift")
@pytest.mark.parametrize("is_empty", [False, True], ids=["with a row", "without a row"])
def test_loads_that_lock_a_row_see_all_that_the_loads_before_them_committed(
    connect_denied: Connect, *, is_empty: bool
) -> None:
    """Each adds the next number. One that worked on an old snapshot would add a number for the second time."""
    admin, *loaders = [connect_denied() for _ in range(4)]
    admin.execute("create table numbers (n integer)")
    if is_empty:
        admin.execute("delete from load_lock")

    def count(warehouse: Warehouse) -> None:
        for _ in range(5):
            with warehouse.locked_transaction():
                [(last,)] = warehouse.execute("select coalesce(max(n), 0) from numbers")
                time.sleep(0.01)
                warehouse.execute("insert into numbers values (%s)", (last + 1,))

    threads = [threading.Thread(target=count, args=(warehouse,)) for warehouse in loaders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = admin.execute("select n from numbers order by n")
    admin.execute("drop table numbers")
    assert numbers == [(number,) for number in range(1, 16)]


@pytest.mark.engines("redshift")
def test_the_wait_for_a_row_is_bounded(connect_denied: Connect) -> None:
    holder, waiting = connect_denied(), connect_denied(timeout=2)
    with holder.locked_transaction():
        began = time.monotonic()

        with pytest.raises(LockedError), waiting.locked_transaction():
            pass

        assert 1 <= time.monotonic() - began < 2


@pytest.mark.engines("redshift")
def test_a_session_that_has_held_the_row_for_too_long_is_ended(connect_denied: Connect) -> None:
    lost, waiting = connect_denied(), connect_denied(timeout=2)
    lost.execute("begin")
    lost.execute("update load_lock set locked_by = 'load'")
    time.sleep(2.5)

    with waiting.locked_transaction():
        assert not is_alive(lost)


@pytest.mark.engines("redshift")
def test_an_error_that_is_no_missing_privilege_stays_an_error(connect: Connect, stand_in: StandIn) -> None:
    warehouse = connect()
    stand_in.faults.plan(Fault.CUT, before="lock table load_lock")

    with pytest.raises(TransientError), warehouse.locked_transaction():
        pass
