"""The stand-in for Redshift: who may enter, what its statements mean, and the failures that a test can ask for."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INERROR
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from chalicelib.errors import CanceledError, TransientError, WarehouseError
from chalicelib.warehouse.connection import LOST_HOLDERS, Warehouse
from local.redshift.faults import Fault
from local.redshift.stand_in import StandIn
from tests.support.stand_in import URL


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def test_it_says_that_it_is_redshift(connection: Connection) -> None:
    assert connection.server_version == 80002
    assert connection.encoding == "UNICODE"


def test_values_of_all_kinds_come_as_they_are(connection: Connection) -> None:
    query = "select 1, 'é', cast(2.45 as numeric(10, 2)), null, date '2021-08-25'"

    assert rows(connection, query) == [(1, "é", Decimal("2.45"), None, date(2021, 8, 25))]


def test_a_refused_statement_fails_its_transaction(connection: Connection) -> None:
    """It fails as any other error does, and the transaction can only be rolled back."""
    rows(connection, "begin")
    with pytest.raises(psycopg2.Error, match="not supported on Redshift tables") as caught:
        rows(connection, "select now()")

    assert caught.value.pgcode == "0A000"
    assert connection.info.transaction_status == TRANSACTION_STATUS_INERROR
    rows(connection, "rollback")
    assert connection.info.transaction_status == TRANSACTION_STATUS_IDLE


def test_trailing_blanks_do_not_count_in_comparisons(connection: Connection) -> None:
    """Two keys that differ in nothing else are one on Redshift."""
    rows(connection, "create temp table keys (name varchar(9) not null)")
    rows(connection, "insert into keys values ('a'), ('a '), ('b')")

    assert rows(connection, "select count(distinct name) from keys") == [(2,)]
    assert rows(connection, "select count(*) from keys where name = 'a  '") == [(2,)]
    assert rows(connection, "select cast('a ' as varchar(9)) = 'a'") == [(True,)]


def test_a_varchar_counts_bytes(connection: Connection) -> None:
    rows(connection, "create temp table names (name varchar(3))")
    rows(connection, "insert into names values ('abc'), ('é'), (null)")

    with pytest.raises(psycopg2.Error, match=r"value too long for type character varying\(3\)") as caught:
        rows(connection, "insert into names values ('éé')")
    assert caught.value.pgcode == "22001"


def test_a_cte_is_computed_as_often_as_it_is_used(connection: Connection) -> None:
    """PostgreSQL alone would scan once what is used twice."""
    rows(connection, "create temp table t (a int) distkey (a) sortkey (a)")

    plan = rows(
        connection, "explain with x as (select a from t) select 1 from x inner join x as y on x.a = y.a"
    )

    assert sum("Seq Scan on t" in line for (line,) in plan) == 2


def test_redshifts_clock_and_its_view_of_transactions_are_there(warehouse: Warehouse) -> None:
    """`Warehouse` looks for sessions that have held the lock for too long."""
    assert warehouse.execute("select dateadd(day, -1, '2021-08-25'), getdate() > '2021-08-25'")[0][1] is True
    holder = Warehouse.connect(URL)
    holder.execute("begin")
    holder.execute("lock table load_lock")

    assert len(warehouse.execute(LOST_HOLDERS["redshift"], (-60,))) == 1
    assert warehouse.execute(LOST_HOLDERS["redshift"], (60,)) == []
    holder.close()


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("select 1 as one, 2 as two", "cannot change number of columns in view"),
        ("select cast(1 as bigint) as one", "cannot change data type of view column"),
        ("select 1 as two", "cannot change name of view column"),
    ],
)
def test_replacing_a_view_cannot_change_its_columns(connection: Connection, view: str, message: str) -> None:
    rows(connection, "begin")
    rows(connection, "create or replace view ones as select 1 as one")
    rows(connection, "create or replace view ones as select 2 as one")
    assert rows(connection, "select one from ones") == [(2,)]

    with pytest.raises(psycopg2.Error, match=message):
        rows(connection, f"create or replace view ones as {view}")
    rows(connection, "rollback")


def test_notices_are_passed_on(connection: Connection) -> None:
    rows(connection, "drop table if exists nothing")

    assert connection.notices == ['NOTICE:  table "nothing" does not exist, skipping\n']


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (Fault.CONFLICT, TransientError, r"^1023 \(XX000\)$"),
        (Fault.CANCELED, CanceledError, "cancelled"),
        (Fault.CUT, TransientError, "closed the connection"),
    ],
)
def test_the_next_statement_fails_as_a_test_asks(
    stand_in: StandIn, warehouse: Warehouse, fault: Fault, error: type[WarehouseError], message: str
) -> None:
    """It fails once, and only a statement of the kind that is named."""
    stand_in.faults.plan(fault, before="select 2")
    assert warehouse.execute("select 1") == [(1,)]

    with pytest.raises(error, match=message):
        warehouse.execute("select 2")

    again = Warehouse.connect(URL)
    assert again.execute("select 2") == [(2,)]
    again.close()


def test_a_conflict_of_two_transactions_is_redshifts_error_1023(warehouse: Warehouse) -> None:
    """Both transactions began before either of them wrote."""
    warehouse.execute("insert into load_lock values ('nobody')")
    rival = Warehouse.connect(URL)
    for transaction in (warehouse, rival):
        transaction.execute("begin")
        transaction.execute("select locked_by from load_lock")
    rival.execute("delete from load_lock")
    rival.execute("commit")
    rival.close()

    with pytest.raises(TransientError, match="1023"):
        warehouse.execute("delete from load_lock")
    warehouse.execute("rollback")


@pytest.mark.parametrize(
    ("statements", "commits"),
    [
        (["select 1", "begin", "rollback"], 0),
        (["create temp table t (a int)", "insert into t values (1)"], 2),
        (["begin", "create temp table t (a int)", "drop table t", "commit"], 1),
        (["begin", "create temp table t (a int)", "rollback"], 0),
        (["create temp table t (a int); drop table t"], 1),
    ],
)
def test_statements_and_commits_are_counted(
    stand_in: StandIn, connection: Connection, statements: list[str], commits: int
) -> None:
    """A statement that writes and stands alone is a commit of its own."""
    for statement in statements:
        rows(connection, statement)

    session = stand_in.sessions[-1]
    assert session.commits == commits
    assert len(session.statements) == len(";".join(statements).split(";"))
