"""The users that `create_database` creates: each exactly once, and on Redshift with an end of idle sessions."""

import threading
from collections.abc import Iterator

import pytest

from chalicelib.errors import WarehouseError
from chalicelib.load.transaction import IDLE_SECONDS
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.grants import SESSION_TIMEOUT, create_users
from local.redshift.faults import Fault
from local.redshift.stand_in import StandIn

pytestmark = pytest.mark.engines("postgres", "redshift")

USER = "IAMR:cafe-etl-test-user"


@pytest.fixture
def server(postgres_url: str) -> Iterator[Warehouse]:
    """Return a connection to the PostgreSQL behind both engines, where the user is dropped after the test."""
    server = Warehouse.connect(postgres_url)
    yield server
    server.execute(f'drop user if exists "{USER}"')
    server.close()


@pytest.fixture
def warehouse(warehouse_url: str, server: Warehouse) -> Iterator[Warehouse]:
    """Return a warehouse without the user."""
    warehouse = Warehouse.connect(warehouse_url)
    yield warehouse
    warehouse.close()


def settings(server: Warehouse) -> list[tuple[str | None]]:
    """Return the settings of the user: none, or when PostgreSQL ends its idle sessions."""
    query = "select array_to_string(useconfig, ',') from pg_user where usename = %s"
    return [(text,) for (text,) in server.execute(query, (USER,))]


def expected_settings(warehouse: Warehouse) -> list[tuple[str | None]]:
    """Return the settings that the user should have. PostgreSQL itself needs none: its sessions may stay."""
    return [("idle_session_timeout=300000" if warehouse.engine == "redshift" else None,)]


def test_a_new_user_loses_idle_sessions_on_redshift(warehouse: Warehouse, server: Warehouse) -> None:
    create_users(warehouse, [USER, USER])

    assert settings(server) == expected_settings(warehouse)


def test_a_user_who_exists_loses_idle_sessions_too(warehouse: Warehouse, server: Warehouse) -> None:
    server.execute(f'create user "{USER}"')

    create_users(warehouse, [USER])
    create_users(warehouse, [USER])

    assert settings(server) == expected_settings(warehouse)


def test_a_user_whom_the_catalog_does_not_show_is_no_error(warehouse: Warehouse, server: Warehouse) -> None:
    """Some users see only themselves in `pg_user`. Here a view of the same name hides the others."""
    server.execute(f'create user "{USER}"')
    warehouse.execute("create temp view pg_user as select 'nobody' as usename")

    create_users(warehouse, [USER])

    assert settings(server) == expected_settings(warehouse)


def test_two_runs_create_a_user_once(warehouse: Warehouse, server: Warehouse) -> None:
    """The second one does not see the user whom the first has not committed yet."""
    server.execute("begin")
    server.execute(f'create user "{USER}"')
    second = threading.Thread(target=create_users, args=(warehouse, [USER]))
    second.start()
    second.join(timeout=0.5)
    assert second.is_alive(), "The second run has not waited for the first."

    server.execute("commit")
    second.join()

    assert settings(server) == expected_settings(warehouse)


def test_a_load_replaces_its_connection_before_redshift_ends_it() -> None:
    assert IDLE_SECONDS < SESSION_TIMEOUT


@pytest.mark.engines("redshift")
def test_an_admin_who_may_not_alter_a_user_still_creates_the_others(
    warehouse: Warehouse, server: Warehouse, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.faults.plan(Fault.DENIED, before="alter user")

    create_users(warehouse, ["cafe", USER])

    assert settings(server) == expected_settings(warehouse)
    assert "The session timeout of the user cafe could not be set" in caplog.text


@pytest.mark.engines("redshift")
def test_a_user_who_cannot_be_created_is_an_error(
    warehouse: Warehouse, server: Warehouse, stand_in: StandIn
) -> None:
    stand_in.faults.plan(Fault.DENIED, before="create user")

    with pytest.raises(WarehouseError, match="permission denied"):
        create_users(warehouse, [USER])
    assert settings(server) == []
