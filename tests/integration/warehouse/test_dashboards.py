"""Every query of the dashboards, as Grafana sends it, runs with a reader's rights and has the figures of the files."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import aws
from chalicelib.errors import WarehouseError
from chalicelib.load import transaction
from chalicelib.warehouse import schema
from chalicelib.warehouse.connection import Warehouse
from tests.support.dashboard_figures import (
    NOW,
    OLD_DAY,
    THAT_DAY,
    TIMES,
    entries,
    expected_ledger,
    expected_sales,
    files,
    good_texts,
    midnight,
)
from tests.support.grafana import Range, expanded, queries
from tests.support.pipeline import Pipeline
from tests.support.plain_figures import Row
from tests.support.sql_loads import TABLES

pytestmark = pytest.mark.engines("postgres", "redshift")

READER = "IAMR:AmazonGrafanaServiceRole-a1"
"""The user that a Grafana workspace's role is on Redshift."""


EMPTY_ON_THAT_DAY = ("Refused files", "Files with rejected rows", "Rejected rows by reason")
CHOICES = [(), ("O'Hara's Corner", "Zoë & Söhne")]


@pytest.fixture(scope="module")
def filled(shared: Pipeline) -> Iterator[Pipeline]:
    """Return the pipeline with all files loaded, and with a reader."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in shared.environment.items():
            patch.setenv(name, value)
        aws.client.cache_clear()
        shared.empty()
        shared.run(**files())
        shared.run(**{"copy.csv": files()["0.csv"]})
        warehouse = Warehouse.connect(shared.warehouse_url)
        # One file was loaded long before the others, 90 seconds after its upload.
        warehouse.execute(
            "update load_files set loaded_at = '2022-04-01 10:00:00', last_modified = '2022-04-01 09:58:30'"
            " where object_key = '1.csv'"
        )
        schema.create(warehouse, readers=[READER])
        yield shared
        warehouse.execute(f'revoke all on all tables in schema public from "{READER}"')
        warehouse.execute(f'drop user "{READER}"')
        warehouse.close()
        shared.empty()
    transaction.disconnect()


class Grafana:
    """A connection as Grafana's: of a reader, who can change nothing."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        warehouse.execute(f"set session authorization '{READER}'")
        warehouse.execute("set default_transaction_read_only to on")

    def rows(self, name: str, times: Range, stores: Sequence[str] = ()) -> dict[str, list[Row]]:
        """Return the rows of all queries of a dashboard, by the titles of panels and names of variables."""
        engine = self.warehouse.engine
        return {
            query.title: self.warehouse.execute(expanded(query.statement, engine, times, stores))
            for query in queries(engine, name)
        }


@pytest.fixture
def grafana(filled: Pipeline) -> Iterator[Grafana]:
    """Return Grafana's connection to the warehouse."""
    warehouse = Warehouse.connect(filled.warehouse_url)
    yield Grafana(warehouse)
    warehouse.close()


@pytest.mark.parametrize("stores", CHOICES, ids=["all", "two"])
def test_every_figure_of_the_sales_dashboard_is_that_of_the_files(
    grafana: Grafana, stores: tuple[str, ...]
) -> None:
    rows = grafana.rows("sales", TIMES, stores)

    assert all(rows.values()), "a query without rows shows nothing"
    assert rows == expected_sales(TIMES, stores)


def without_times_of_today(rows: Iterable[Row]) -> list[Row]:
    """Return rows with None for each time of the last day."""
    limit = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=2)
    return [
        tuple(None if isinstance(value, datetime) and value > limit else value for value in row)
        for row in rows
    ]


@pytest.mark.parametrize(
    ("times", "stores"),
    [(NOW, ()), (THAT_DAY, ()), (NOW, ("Zoë & Söhne",))],
    ids=["today", "that-day", "one-store"],
)
def test_every_figure_of_the_ledgers_dashboard_is_that_of_the_files(
    grafana: Grafana, times: Range, stores: tuple[str, ...]
) -> None:
    rows = {
        title: without_times_of_today(rows) for title, rows in grafana.rows("ledger", times, stores).items()
    }

    [delays] = rows.pop("From upload to load")
    assert delays == (midnight(OLD_DAY), 90, 90) if times is THAT_DAY else 0 <= delays[2] <= delays[1] < 300
    for title in ("Stores", "Newest files"):  # their order is that of the loads
        rows[title] = sorted(rows[title], key=lambda row: [str(value) for value in row])
    expected = expected_ledger(entries(times, stores))
    assert rows == expected
    assert {title for title, figures in rows.items() if not figures} == {
        title for title in EMPTY_ON_THAT_DAY if times is THAT_DAY
    }


def test_grafanas_user_can_read_no_hash_and_change_nothing(grafana: Grafana) -> None:
    for statement in (
        "select customer_hash from customers",
        "delete from load_files",
        "create table a (b int)",
    ):
        with pytest.raises(WarehouseError, match=r"permission denied|read-only"):
            grafana.warehouse.execute(statement)


def test_no_query_shows_a_customers_name_or_card(grafana: Grafana) -> None:
    secrets = {
        cell for text in good_texts() for row in csv.reader(io.StringIO(text)) for cell in (row[2], row[6])
    }

    shown = {
        str(value)
        for name, times in (("sales", TIMES), ("ledger", NOW), ("ledger", THAT_DAY))
        for rows in grafana.rows(name, times).values()
        for row in rows
        for value in row
    }

    assert len(secrets) > 100
    assert not {secret for secret in secrets - {""} if any(secret in text for text in shown)}


def test_a_day_counts_as_a_whole_whenever_the_time_range_begins(grafana: Grafana) -> None:
    """Somebody may choose the last 24 hours."""
    noon = Range(TIMES.start + timedelta(hours=12), TIMES.end - timedelta(hours=12))

    assert grafana.rows("sales", noon) == grafana.rows("sales", TIMES)


def test_an_empty_warehouse_shows_no_error(warehouse_url: str) -> None:
    """All stores are chosen, of which there is none."""
    warehouse = Warehouse.connect(warehouse_url)
    warehouse.execute("begin")
    for table in TABLES:
        warehouse.execute(f"delete from {table}")

    rows = {
        (name, query.title): warehouse.execute(expanded(query.statement, warehouse.engine, TIMES))
        for name in ("sales", "ledger")
        for query in queries(warehouse.engine, name)
    }

    warehouse.execute("rollback")
    warehouse.close()
    assert {key for key, figures in rows.items() if figures} == {("sales", "Totals"), ("ledger", "Totals")}
    assert rows["ledger", "Totals"] == [(0, 0, 0, 0)]
